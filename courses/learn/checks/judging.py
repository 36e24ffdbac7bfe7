"""How an exercise is judged. No widgets, no files, no clock.

A trainee's answer meets each check in turn. What goes wrong is laid at the right door: code that
the trainee wrote is theirs to mend; a check that stops by itself says so and never calls the
answer wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from courses.learn.checks.base import AnyCheck, CannotTell, State, Verdict
from courses.learn.checks.blame import (
    check_stopped,
    code_of,
    innermost_code,
    is_placeholder,
    line_in,
    one_line,
    yours_stopped,
)
from courses.learn.words import say


def judge(answer: Callable[[], object], checks: Sequence[AnyCheck]) -> tuple[Verdict, ...]:
    """Fetch the answer once and hold every check against it."""
    try:
        value = answer()
    except Exception as error:  # noqa: BLE001  a trainee's code may raise anything
        state, text = _judge_crash_of_answer(error, answer)
        return tuple(Verdict(check.name, state, text) for check in checks)
    if value is ...:
        return tuple(Verdict(check.name, State.NOT_ATTEMPTED) for check in checks)
    return tuple(_apply(check, value, answer) for check in checks)


def _judge_crash_of_answer(error: Exception, answer: Callable[[], object]) -> tuple[State, str]:
    if is_placeholder(error, answer):
        return State.NOT_ATTEMPTED, ""
    if isinstance(error, NameError) and innermost_code(error) is code_of(answer):
        text = say("There is no {name} yet: run the cell above first.", name=error.name)
        return State.NOT_ATTEMPTED, text
    return State.WRONG, yours_stopped(error)


def _apply(check: AnyCheck, value: object, answer: Callable[[], object]) -> Verdict:
    try:
        passed = check.test(value)
    except Exception as error:  # noqa: BLE001  a check, or the code it calls, may raise anything
        return _crashed(check, value, error, answer)
    return _said(check, value, passed)


def _said(check: AnyCheck, value: object, passed: object) -> Verdict:
    if passed is None:
        text = say(
            "This check itself is at fault: it said neither yes nor no. Tell your instructor."
        )
        return Verdict(check.name, State.BROKEN, text)
    try:
        is_right = bool(passed)
    except Exception as error:  # noqa: BLE001  an array says neither yes nor no
        return Verdict(check.name, State.BROKEN, check_stopped(value, error))
    return Verdict(check.name, State.RIGHT) if is_right else _wrong(check)


def _crashed(
    check: AnyCheck, value: object, error: Exception, answer: Callable[[], object]
) -> Verdict:
    if is_placeholder(error, check.test, answer):
        return Verdict(check.name, State.NOT_ATTEMPTED)
    if line_in(code_of(value), error):
        return Verdict(check.name, State.WRONG, yours_stopped(error, code_of(value)))
    if isinstance(error, AssertionError):
        return _wrong(check, one_line(str(error)))
    if isinstance(error, CannotTell):
        return Verdict(check.name, State.BROKEN, str(error))
    return Verdict(check.name, State.BROKEN, check_stopped(value, error))


def _wrong(check: AnyCheck, sentence: str = "") -> Verdict:
    return Verdict(check.name, State.WRONG, f"{check.message} {sentence}".strip())
