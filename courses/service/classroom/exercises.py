"""How a class fares with each exercise, in words and lengths. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.service.learning.exercises import Titles
from courses.service.store.mistakes import Mistake
from courses.service.store.reading import ExerciseOfClass
from spawners.words import Words, lasted

MOST_UNKNOWN = 200
"""So many exercises are shown that nobody knows: anybody can make up thousands."""


@dataclass(frozen=True)
class ExerciseView:
    """How the class fares with one exercise."""

    lesson: str
    exercise: str
    people: int
    attempts: int
    right: int
    solved_in: str
    mistake: Mistake

    @property
    def right_percent(self) -> int:
        """How many of those who met it have it right, in percent, rounded down."""
        return 100 * self.right // max(1, self.people)


def exercises(
    found: Iterable[ExerciseOfClass], lessons: Mapping[str, str], titles: Titles, words: Words
) -> tuple[ExerciseView, ...]:
    """Show them in the order of teaching, as far as it is known. `lessons` are titles by id.

    Of exercises that no lesson is known to have, only those that most people met.
    """
    order = {lesson: place for place, lesson in enumerate(lessons)}
    within = {lesson: list(titles.get(lesson, ())) for lesson in lessons}

    def place(one: ExerciseOfClass) -> tuple[int, int, str]:
        known = within.get(one.lesson, [])
        at = known.index(one.exercise) if one.exercise in known else len(known)
        return order.get(one.lesson, len(order)), at, one.exercise

    to_show = sorted(_to_show(found, lessons, titles), key=place)
    return tuple(_view(one, lessons, titles, words) for one in to_show)


def _to_show(
    found: Iterable[ExerciseOfClass], lessons: Mapping[str, str], titles: Titles
) -> list[ExerciseOfClass]:
    known, others = [], []
    for one in found:
        if one.exercise in titles.get(one.lesson, {}):
            known.append(one)
        elif one.lesson in lessons:
            others.append(one)
    others.sort(key=lambda one: (-one.people, one.lesson, one.exercise))
    return [*known, *others[:MOST_UNKNOWN]]


def title_of(titles: Titles, lesson: str, exercise: str) -> str:
    """Return an exercise's title, or its id where nobody knows it."""
    return titles.get(lesson, {}).get(exercise, exercise)


def _view(
    one: ExerciseOfClass, lessons: Mapping[str, str], titles: Titles, words: Words
) -> ExerciseView:
    return ExerciseView(
        lesson=lessons.get(one.lesson, one.lesson),
        exercise=title_of(titles, one.lesson, one.exercise),
        people=one.people,
        attempts=one.attempts,
        right=one.right,
        solved_in=_solved_in(one.solve_ms, words),
        mistake=one.mistake,
    )


def _solved_in(solve_ms: int | None, words: Words) -> str:
    if solve_ms is None:
        return ""
    return lasted(solve_ms / 1000) if solve_ms else words.gettext("at the first try")
