"""Arrays of NumPy, PyTorch and CuPy: shape, type of the elements, values, and where they differ."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.base import CannotTell, wrong
from courses.learn.checks.blame import show
from courses.learn.words import say


@dataclass(frozen=True)
class ArrayCheck:
    """The answer is an array with the shape and values of `expected`, any nesting of numbers.

    `tolerance` is absolute, `relative` a part of the expected value. `dtype`, such as "float32",
    is compared only if it is given.
    """

    name: str
    expected: Any
    message: str = ""
    tolerance: float = 0.0
    relative: float = 1e-9
    dtype: str = ""

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Compare. Raises AssertionError with the first thing that differs."""
        mine = as_array(answer)
        expected = numpy().asarray(as_array(self.expected, is_answer=False))
        if self.dtype and mine.dtype != numpy().dtype(self.dtype):
            raise wrong(
                "Its elements are {mine}; they should be {expected}.",
                mine=mine.dtype,
                expected=self.dtype,
            )
        if said := difference(mine, expected, self.tolerance, self.relative):
            raise AssertionError(said)
        return True


def numpy() -> Any:  # noqa: ANN401  a module that a bare kernel lacks
    """Return NumPy, which the lesson has imported. Raises CannotTell if it has not."""
    if (module := sys.modules.get("numpy")) is None:
        raise CannotTell(say("NumPy is not loaded: run the cell that imports it first."))
    return module


def as_array(value: Any, *, is_answer: bool = True) -> Any:  # noqa: ANN401
    """Return NumPy's array of a value, from a GPU too. Raises AssertionError for no array."""
    if hasattr(value, "detach"):  # PyTorch
        return value.detach().cpu().numpy()
    if type(value).__module__.partition(".")[0] == "cupy":
        return value.get()
    if is_answer and not isinstance(value, numpy().ndarray | numpy().generic):
        raise wrong(
            "Your answer is of type {type}: it should be an array.", type=type(value).__name__
        )
    return value


def difference(mine: Any, expected: Any, tolerance: float, relative: float) -> str:  # noqa: ANN401
    """Return where two NumPy arrays differ first, as a sentence, or nothing."""
    if mine.shape != expected.shape:
        return say(
            "Its shape is {mine}; it should be {expected}.",
            mine=mine.shape,
            expected=expected.shape,
        )
    where = numpy().argwhere(~_same(mine, expected, tolerance, relative))
    if not len(where):
        return ""
    first = tuple(int(one) for one in where[0])
    return say(
        "{count} of {size} values differ, the first at {place}: yours is {mine}, it should be "
        "{expected}.",
        count=len(where),
        size=mine.size,
        place=list(first),
        mine=show(mine[first]),
        expected=show(expected[first]),
    )


def _same(mine: Any, expected: Any, tolerance: float, relative: float) -> Any:  # noqa: ANN401
    if mine.dtype.kind in "iufc" and expected.dtype.kind in "iufc":
        return numpy().isclose(mine, expected, atol=tolerance, rtol=relative, equal_nan=True)
    # An array even where NumPy would say only that nothing can be compared.
    return numpy().broadcast_to(numpy().asarray(mine == expected), mine.shape)
