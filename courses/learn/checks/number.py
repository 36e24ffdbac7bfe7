"""A number, within a tolerance. Says which way it is off, and never what it should be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.base import wrong
from courses.learn.checks.blame import show
from courses.learn.words import say


@dataclass(frozen=True)
class NumberCheck:
    """The answer is `expected`, give or take the larger of two tolerances.

    `tolerance` is in the answer's own unit, `relative` a part of `expected`.
    """

    name: str
    expected: float
    message: str = ""
    tolerance: float = 0.0
    relative: float = 1e-9

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Compare. Raises AssertionError with what is wrong with the number."""
        number = as_number(answer)
        if is_close(number, self.expected, self.tolerance, self.relative):
            return True
        raise AssertionError(
            f"{self._how(number)} {say('Yours is {number}.', number=show(answer))}"
        )

    def _how(self, number: float) -> str:
        if number != 0 and is_close(-number, self.expected, self.tolerance, self.relative):
            return say("The sign is wrong.")
        return say("It is too large.") if number > self.expected else say("It is too small.")


def is_close(number: float, expected: float, tolerance: float, relative: float) -> bool:
    """Whether two numbers are the same within either tolerance; nan is the same as nan."""
    if math.isnan(expected):
        return math.isnan(number)
    return math.isclose(number, expected, abs_tol=tolerance, rel_tol=relative)


def as_number(answer: Any) -> float:  # noqa: ANN401
    """Return a real number of any library. Raises AssertionError with a sentence for what is none.

    Text is none, though Python would convert it, and neither are True and False.
    """
    kind = type(answer).__name__
    if isinstance(answer, str | bytes | bool) or kind in ("bool", "bool_"):
        raise wrong("Your answer is {answer}: not a number.", answer=show(answer))
    try:
        number = float(answer)
    except (TypeError, ValueError, RuntimeError):
        raise wrong("Your answer is of type {type}: it should be one number.", type=kind) from None
    if math.isnan(number):
        raise wrong("It is nan: somewhere on the way, a value was not a number.")
    return number
