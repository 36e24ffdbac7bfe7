"""What a check is, and what it can find. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from courses.learn.words import say


class State(StrEnum):
    """How an exercise, or one check of it, stands."""

    NOT_ATTEMPTED = "not attempted"
    WRONG = "wrong"
    RIGHT = "right"
    BROKEN = "not checked"
    """The check stopped by itself: it says nothing about the answer."""


class AnyCheck(Protocol):
    """One thing that a right answer does: `Check`, and each ready-made check."""

    @property
    def name(self) -> str:
        """What the trainee reads of it, right or wrong."""

    @property
    def message(self) -> str:
        """What helps the trainee on when it does not pass."""

    def test(self, answer: Any, /) -> object:  # noqa: ANN401  a trainee's answer may be anything
        """Return whether the answer passes; AssertionError adds a sentence to `message`."""


@dataclass(frozen=True)
class Check:
    """One thing that a right answer does.

    `test` takes the answer and returns whether it passes; it may also raise AssertionError with
    a sentence that is shown after `message`. `message` helps the trainee on when it does not pass.
    """

    name: str
    test: Callable[[Any], object]
    message: str


class CannotTell(Exception):
    """A check cannot judge now, through no fault of the answer: its text says why."""


def wrong(text: str, /, **values: object) -> AssertionError:
    """Return what a check raises for a wrong answer, in the lesson's language."""
    return AssertionError(say(text, **values))


@dataclass(frozen=True)
class Verdict:
    """What one check found; `text` helps on, and is empty when all is right."""

    name: str
    state: State
    text: str = ""


@dataclass(frozen=True)
class Report:
    """What all checks of an exercise found."""

    exercise_id: str
    title: str
    verdicts: tuple[Verdict, ...]

    @property
    def state(self) -> State:
        """The exercise as a whole: right only when every check is."""
        found = {verdict.state for verdict in self.verdicts}
        order = (State.WRONG, State.BROKEN, State.NOT_ATTEMPTED, State.RIGHT)
        return next(state for state in order if state in found)

    @property
    def message(self) -> str:
        """What the first check that the answer failed said of it; empty if none did."""
        return self.verdicts[self.failed - 1].text if self.failed else ""

    @property
    def failed(self) -> int:
        """The place of the first check that the answer failed, from 1; 0 if it failed none.

        The same in every language and for every answer, which names and texts are not.
        """
        places = enumerate(self.verdicts, start=1)
        return next((place for place, one in places if one.state is State.WRONG), 0)
