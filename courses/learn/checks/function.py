"""A function on several inputs, next to a reference. The message names the input."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.array import difference as array_difference
from courses.learn.checks.base import wrong
from courses.learn.checks.blame import code_of, one_line, show, yours_stopped
from courses.learn.checks.number import is_close
from courses.learn.words import say


@dataclass(frozen=True)
class FunctionCheck:
    """The answer is a function that returns what `reference` returns, for each of `inputs`.

    Each input is a tuple of arguments. Both functions get copies of their own. Numbers, and
    arrays of them, may differ by `tolerance` or by `relative`, a part of the expected.
    """

    name: str
    reference: Callable[..., Any]
    message: str = ""
    inputs: Sequence[tuple[Any, ...]] = ()
    tolerance: float = 0.0
    relative: float = 1e-9

    def __post_init__(self) -> None:
        if not self.inputs or not all(isinstance(one, tuple) for one in self.inputs):
            raise ValueError(f"{self.name}: give inputs, each one a tuple such as (3,)")

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Call both. Raises AssertionError with the first input whose result is another."""
        if not callable(answer):
            raise wrong(
                "Your answer is of type {type}: it should be a function.",
                type=type(answer).__name__,
            )
        for arguments in self.inputs:
            expected = self.reference(*copy.deepcopy(arguments))
            self._compare(_call(answer, arguments), expected, _spelled(answer, arguments))
        return True

    def _compare(self, mine: Any, expected: Any, call: str) -> None:  # noqa: ANN401
        if said := difference(mine, expected, self.tolerance, self.relative):
            raise wrong("With {call}: {said}", call=call, said=said)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    try:
        return function(*copy.deepcopy(arguments))
    except NotImplementedError:
        raise  # perhaps the place that is to be filled in
    except Exception as error:  # noqa: BLE001  a trainee's code may raise anything
        said = yours_stopped(error, code_of(function))
        call = _spelled(function, arguments)
        raise wrong("With {call}: {said}", call=call, said=said) from None


def _spelled(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return one_line(f"{name}({', '.join(show(one) for one in arguments)})")


def difference(mine: Any, expected: Any, tolerance: float, relative: float) -> str:  # noqa: ANN401
    """Return how a result differs from the expected one, as a sentence, or nothing."""
    if mine is None and expected is not None:
        return say("the result is None: is there a return?")
    if _is_array(mine) and _is_array(expected):
        return array_difference(mine, expected, tolerance, relative)
    if _is_number(mine) and _is_number(expected):
        same = is_close(mine, expected, tolerance, relative)
    elif _is_sequence(mine) and type(mine) is type(expected) and len(mine) == len(expected):
        pairs = zip(mine, expected, strict=True)
        same = not any(difference(*pair, tolerance, relative) for pair in pairs)
    else:
        same = type(mine) is type(expected) and bool(mine == expected)
    if same:
        return ""
    return say(
        "the result is {mine}; it should be {expected}.", mine=show(mine), expected=show(expected)
    )


def _is_array(value: object) -> bool:
    return hasattr(value, "dtype") and getattr(value, "shape", ()) != ()


def _is_number(value: Any) -> bool:  # noqa: ANN401
    is_real = hasattr(value, "__float__") and not isinstance(value, bool | str)
    return is_real and not _is_array(value)


def _is_sequence(value: object) -> bool:
    return isinstance(value, list | tuple)
