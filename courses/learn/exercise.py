"""`exercise`: what a trainee did is judged, shown, remembered and told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from IPython.display import display

from courses.learn.checks import AnyCheck, Report, State, judge
from courses.learn.clock import now_text
from courses.learn.desk import desk
from courses.learn.events import Kind, shortened
from courses.learn.helping import Help, Offer, SolutionAfter
from courses.learn.memory import Standing
from courses.learn.widgets import Panel
from courses.learn.words import say

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def exercise(
    exercise_id: str,
    answer: Callable[[], object],
    *,
    title: str,
    checks: Sequence[AnyCheck],
    hints: Sequence[str] = (),
    solution: str = "",
    solution_after: SolutionAfter = "right",
) -> None:
    """Judge the trainee's answer and show what each check found.

    `exercise_id` is unique in the course: lowercase, digits, single hyphens. `answer` returns what
    is judged, as in `lambda: my_function`; a name that does not exist yet, a `...` and a
    `raise NotImplementedError()` count as not attempted. `hints` are given one by one to who asks;
    `solution` may be seen after the answer was right, after `solution_after` attempts, or "never".
    Raises ValueError for a malformed call, which is an author's mistake.
    """
    checked_id("exercise", exercise_id)
    if not checks:
        raise ValueError(f"exercise {exercise_id}: give it at least one check")
    one = Exercise(exercise_id, title, Offer(hints, solution, solution_after))
    _shown[exercise_id] = one
    one.judge(answer, checks)


def is_id(name: str) -> bool:
    """Return whether it is lowercase letters, digits and single hyphens."""
    return bool(_ID.fullmatch(name))


def checked_id(what: str, name: str) -> None:
    """Raise ValueError for an id that would not do in records and addresses."""
    if not is_id(name):
        raise ValueError(f"{what} id {name!r}: use lowercase letters, digits and single hyphens")


def show_hint(exercise_id: str) -> None:
    """Show the next hint of an exercise whose cell has run, without a front end's button."""
    _found(exercise_id, lambda one: one.ask_hint())


def show_solution(exercise_id: str) -> None:
    """Show the solution of an exercise whose cell has run, if its instructor lets it be seen."""
    _found(exercise_id, lambda one: one.ask_solution())


def _found(exercise_id: str, act: Callable[[Exercise], Help]) -> None:
    if (one := _shown.get(exercise_id)) is None:
        print(say("There is no exercise {name} yet: run its cell first.", name=exercise_id))  # noqa: T201  who calls it reads it
        return
    act(one)
    one.show()


class Exercise:
    """One exercise in this kernel, as its cell ran last."""

    def __init__(self, exercise_id: str, title: str, offer: Offer) -> None:
        self._id, self._title, self._offer = exercise_id, title, offer
        self._asked_for_solution = False

    def judge(self, answer: Callable[[], object], checks: Sequence[AnyCheck]) -> None:
        """Judge, remember, tell, show."""
        self._desk = desk()  # first: it knows the language
        self._report = Report(self._id, self._title, judge(answer, checks))
        self._remember()
        self.show()

    def show(self) -> None:
        """Display the panel."""
        is_attempt = self._report.state is not State.NOT_ATTEMPTED
        unsaved = self._desk.unsaved() if is_attempt else ""
        display(Panel(self._report, self._help(), self.ask_hint, self.ask_solution, unsaved))

    def ask_hint(self) -> Help:
        """Give the next hint, if there is one."""
        if self._desk.standing(self._id).hints < len(self._offer.hints):
            given = self._desk.change(self._id, lambda one: replace(one, hints=one.hints + 1))
            self._desk.tell(Kind.HINT_SHOWN, self._id, hint=given.hints)
        return self._help()

    def ask_solution(self) -> Help:
        """Give the solution, if it may be seen."""
        if not self._asked_for_solution and self._help().offers_solution:
            self._asked_for_solution = True
            attempts = self._desk.standing(self._id).attempts
            self._desk.tell(Kind.SOLUTION_SHOWN, self._id, attempts=attempts)
        return self._help()

    def _help(self) -> Help:
        return self._offer.help(
            self._desk.standing(self._id),
            self._report.state,
            remembers=self._desk.place.folder is not None,
            asked=self._asked_for_solution,
        )

    def _remember(self) -> None:
        state = self._report.state
        standing = self._desk.change(self._id, lambda one: self._after(one, state))
        if state is not State.NOT_ATTEMPTED:
            passed = sum(one.state is State.RIGHT for one in self._report.verdicts)
            self._desk.tell(
                Kind.EXERCISE_ATTEMPTED,
                self._id,
                state.value,
                attempts=standing.attempts,
                checks=len(self._report.verdicts),
                passed=passed,
                check=self._report.failed,
                message=shortened(self._report.message),
            )

    def _after(self, standing: Standing, state: State) -> Standing:
        standing = replace(standing, title=self._title)
        if state is State.NOT_ATTEMPTED:  # a new kernel does not undo what was done in an old one
            return standing
        is_attempt = state is not State.BROKEN
        return replace(
            standing,
            state=state.value,
            attempts=standing.attempts + is_attempt,
            solved_at=now_text() if state is State.RIGHT else standing.solved_at,
        )


_shown: dict[str, Exercise] = {}
