"""What a trainee sees of their own learning. Pure: rows of the store in, words out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from courses.service.learning.amount import NOTHING, Amount, about, left_minutes
from courses.service.learning.exercises import NOBODY_KNOWS
from courses.service.learning.going_on import GoOn, Taught, amounts, go_on, left_in
from courses.service.learning.results import Result, results
from courses.service.store.reading import Own
from spawners.words import Words

_PERCENT = 100


@dataclass(frozen=True)
class LessonProgress:
    """How far somebody is in one lesson, in words; `done` is empty where nothing was met yet."""

    id: str
    title: str
    done: str
    opened: str
    left: str
    """How long it still takes; empty where it is done, or no lesson any more."""
    is_done: bool
    right: int
    of: int
    results: tuple[Result, ...]


@dataclass(frozen=True)
class CourseProgress:
    """How far somebody is in a course: the lessons that they took up, in its order."""

    id: str
    title: str
    lessons: tuple[LessonProgress, ...]
    done: str = ""
    """How many lessons are done, in words; empty where the course is published no more."""
    left: str = ""
    percent: int = 0
    """How much of its time is behind them."""
    is_done: bool = False
    go_on: GoOn | None = None


Find = Callable[[str], Taught | None]
"""Finds a published course by its id, in the trainee's language."""


def of_all(own: Own, find: Find, words: Words, now: float) -> tuple[CourseProgress, ...]:
    """Return how far somebody is in each course that they took up, the latest first."""
    latest = sorted(own.lessons, key=lambda row: row.last_ms, reverse=True)
    ids = dict.fromkeys(row.course for row in latest)
    return tuple(_course(own, one, find(one), words, now) for one in ids)


def of_course(own: Own, taught: Taught, words: Words, now: float) -> CourseProgress:
    """Return how far somebody is in a course; its lessons are those that they took up."""
    return _course(own, taught.course.id, taught, words, now)


def _course(own: Own, name: str, taught: Taught | None, words: Words, now: float) -> CourseProgress:
    done = amounts(own, name, taught.titles if taught else NOBODY_KNOWS)
    lessons = tuple(_lessons(own, name, taught, done, words, now))
    if taught is None:
        return CourseProgress(name, name, lessons)
    course = taught.course
    minutes = left_in(course, done)
    finished = sum(done.get(one.id, NOTHING).is_all for one in course.lessons)
    return CourseProgress(
        id=name,
        title=str(course.title),
        lessons=lessons,
        done=lessons_done(finished, len(course.lessons), words),
        left=about(minutes, words),
        percent=int(_PERCENT * (1 - minutes / course.duration_minutes)),
        is_done=finished == len(course.lessons),
        go_on=go_on(own, taught, done),
    )


def _lessons(
    own: Own,
    name: str,
    taught: Taught | None,
    done: Mapping[str, Amount],
    words: Words,
    now: float,
) -> Iterable[LessonProgress]:
    lessons = {lesson.id: lesson for lesson in taught.course.lessons} if taught else {}
    titles = taught.titles if taught else NOBODY_KNOWS
    # What is no lesson any more comes last, by its id.
    order = {one: place for place, one in enumerate(lessons)}
    rows = own.lessons_by_course.get(name, ())
    for row in sorted(rows, key=lambda row: (order.get(row.lesson, len(order)), row.lesson)):
        lesson, its = lessons.get(row.lesson), done[row.lesson]
        met = own.exercises_by_lesson.get((name, row.lesson), ())
        opened = words.gettext("last opened {time}").format(time=words.at(row.last_ms / 1000, now))
        yield LessonProgress(
            id=row.lesson,
            title=str(lesson.title) if lesson else row.lesson,
            done=exercises_right(its.right, its.of, words) if its.of else "",
            opened=opened,
            left=about(left_minutes(lesson.duration_minutes, its), words) if lesson else "",
            is_done=its.is_all,
            right=its.right,
            of=its.of,
            results=results(row.lesson, met, titles, words, now),
        )


def exercises_right(right: int, of: int, words: Words) -> str:
    """Say how many exercises are right, of those that there are."""
    text = words.ngettext("{right} of {n} exercise right", "{right} of {n} exercises right", of)
    return text.format(right=right, n=of)


def lessons_done(done: int, of: int, words: Words) -> str:
    """Say how many lessons of a course are done."""
    text = words.ngettext("{done} of {n} lesson done", "{done} of {n} lessons done", of)
    return text.format(done=done, n=of)
