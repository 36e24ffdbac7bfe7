"""How an exercise is judged. Pure: no widgets, no files, no clock.

A trainee's answer meets each check in turn. What goes wrong is laid at the right door: code that
the trainee wrote is theirs to mend; a check that stops by itself says so and never calls the
answer wrong.
"""

from __future__ import annotations

import reprlib
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LONGEST_TEXT = 200


class State(StrEnum):
    """How an exercise, or one check of it, stands."""

    NOT_ATTEMPTED = "not attempted"
    WRONG = "wrong"
    RIGHT = "right"
    BROKEN = "not checked"
    """The check stopped by itself: it says nothing about the answer."""


@dataclass(frozen=True)
class Check:
    """One thing that a right answer does.

    `test` takes the answer and returns whether it passes; it may also raise AssertionError with
    a sentence that is shown after `message`. `message` helps the trainee on when it does not pass.
    """

    name: str
    test: Callable[[Any], object]
    message: str


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


def judge(answer: Callable[[], object], checks: Sequence[Check]) -> tuple[Verdict, ...]:
    """Fetch the answer once and hold every check against it."""
    try:
        value = answer()
    except Exception as error:  # noqa: BLE001  a trainee's code may raise anything
        state, text = _judge_crash_of_answer(error, answer)
        return tuple(Verdict(check.name, state, text) for check in checks)
    if value is ...:
        return tuple(Verdict(check.name, State.NOT_ATTEMPTED) for check in checks)
    return tuple(_apply(check, value) for check in checks)


def _judge_crash_of_answer(error: Exception, answer: Callable[[], object]) -> tuple[State, str]:
    if _is_placeholder(error, answer):
        return State.NOT_ATTEMPTED, ""
    if isinstance(error, NameError) and _innermost_code(error) is _code(answer):
        return State.NOT_ATTEMPTED, f"There is no {error.name} yet: run the cell above first."
    return State.WRONG, _stopped("Your code", error)


def _apply(check: Check, value: object) -> Verdict:
    try:
        passed = check.test(value)
        if passed is None:
            return Verdict(check.name, State.BROKEN, _gave_no_answer())
        if passed:
            return Verdict(check.name, State.RIGHT)
    except Exception as error:  # noqa: BLE001  a check, or the code it calls, may raise anything
        return _crashed(check, value, error)
    return Verdict(check.name, State.WRONG, check.message)


def _crashed(check: Check, value: object, error: Exception) -> Verdict:
    if _is_placeholder(error, check.test):
        return Verdict(check.name, State.NOT_ATTEMPTED)
    if line := _line_in(_code(value), error):
        return Verdict(check.name, State.WRONG, _stopped("Your code", error, line))
    if isinstance(error, AssertionError):
        return Verdict(check.name, State.WRONG, f"{check.message} {_one_line(str(error))}".strip())
    return Verdict(check.name, State.BROKEN, _blames_itself(value, error))


def _is_placeholder(error: Exception, caller: Callable[..., object]) -> bool:
    # A library may raise NotImplementedError too; only one raised in the notebook's own cells
    # marks a place that is still to be filled in.
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return isinstance(error, NotImplementedError) and (
        frames[-1].f_globals is getattr(caller, "__globals__", None)
    )


def _innermost_code(error: Exception) -> object:
    return [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)][-1]


def _line_in(code: object, error: Exception) -> int:
    """Return the line of `code` that was running when the error was raised, or 0."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return lines[-1] if lines else 0


def _code(value: object) -> object:
    # Not None: no frame may ever match a value that has no code.
    return getattr(value, "__code__", value)


def _stopped(who: str, error: Exception, line: int = 0) -> str:
    where = f", in line {line} of its cell" if line else ""
    return f"{who} stopped with {_describe(error)}{where}."


def _blames_itself(value: object, error: Exception) -> str:
    return (
        f"{_stopped('This check itself', error)} It could not deal with your answer, "
        f"{_show(value)}. If that looks right to you, the mistake is in the "
        "check, not in your work: tell your instructor."
    )


def _show(value: object) -> str:
    # A function's own repr is an address in memory.
    name = getattr(value, "__name__", None)
    return f"the function {name}" if name and callable(value) else _one_line(reprlib.repr(value))


def _gave_no_answer() -> str:
    return "This check itself is at fault: it said neither yes nor no. Tell your instructor."


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {_one_line(str(error))}".rstrip(": .")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"
