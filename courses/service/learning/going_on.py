"""How far somebody is in a course, in numbers, and where they go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.authoring.manifest import Course
from courses.service.learning.amount import NOTHING, Amount, amount, left_minutes
from courses.service.learning.exercises import Titles
from courses.service.store.reading import ExerciseRow, LessonRow, Own


@dataclass(frozen=True)
class Taught:
    """A published course in the trainee's language, as far as learning goes."""

    course: Course
    titles: Titles
    """Its exercises."""
    startable: frozenset[str]
    """The ids of its lessons that this site has a session for."""


@dataclass(frozen=True)
class GoOn:
    """The lesson that somebody goes on with; `opened` if they were in it before."""

    id: str
    title: str
    opened: bool


def amounts(own: Own, course: str, titles: Titles) -> dict[str, Amount]:
    """Return how much is done of each lesson of a course that somebody took up, by its id."""
    return {
        row.lesson: _amount(row, own.exercises_by_lesson.get((course, row.lesson), ()), titles)
        for row in own.lessons_by_course.get(course, ())
    }


def _amount(row: LessonRow, met: Iterable[ExerciseRow], titles: Titles) -> Amount:
    known = titles.get(row.lesson)
    # An exercise that the release has no more counts for nothing.
    counted = [one for one in met if not known or one.exercise in known]
    return amount(titles, row.lesson, right=sum(one.is_right for one in counted), met=len(counted))


def left_in(course: Course, done: Mapping[str, Amount]) -> float:
    """Return how many minutes a course still takes."""
    return sum(
        left_minutes(one.duration_minutes, done.get(one.id, NOTHING)) for one in course.lessons
    )


def go_on(own: Own, taught: Taught, done: Mapping[str, Amount]) -> GoOn | None:
    """Return the lesson that somebody goes on with; None before the first, and after the last.

    That is where they stopped, unless it is done: then the next that is not, from there on and
    round, of those that this site has a session for.
    """
    lessons = taught.course.lessons
    order = [one.id for one in lessons]
    begun = own.lessons_by_course.get(taught.course.id, ())
    rows = [row for row in begun if row.lesson in order]
    if not rows:
        return None
    at = order.index(max(rows, key=lambda row: row.last_ms).lesson)
    for one in (*lessons[at:], *lessons[:at]):
        if one.id in taught.startable and not done.get(one.id, NOTHING).is_all:
            return GoOn(one.id, str(one.title), opened=one.id in done)
    return None
