"""What a trainee sees of their own learning. Pure: rows of the store in, words out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from courses.authoring.manifest import Course
from courses.service.store_reading import ExerciseRow, LessonRow, Own
from spawners.words import Words


@dataclass(frozen=True)
class LessonProgress:
    """How far somebody is in one lesson, in words; `done` is empty where nothing was met yet."""

    id: str
    title: str
    done: str
    opened: str
    is_done: bool


@dataclass(frozen=True)
class CourseProgress:
    """How far somebody is in a course: the lessons that they took up, in its order."""

    id: str
    title: str
    lessons: tuple[LessonProgress, ...]


Find = Callable[[str], Course | None]
"""Finds a published course by its id, in the trainee's language."""


def of_course(own: Own, course: Course, words: Words, now: float) -> dict[str, LessonProgress]:
    """Return how far somebody is in each lesson that they took up, by its id."""
    titles = {lesson.id: str(lesson.title) for lesson in course.lessons}
    return {
        row.lesson: _lesson(row, own.exercises, titles.get(row.lesson, row.lesson), words, now)
        for row in own.lessons
        if row.course == course.id
    }


def stopped_at(own: Own, course: Course) -> str:
    """Return the id of the lesson where somebody stopped last, if it is still one; else nothing."""
    known = {lesson.id for lesson in course.lessons}
    rows = [row for row in own.lessons if row.course == course.id and row.lesson in known]
    return max(rows, key=lambda row: row.last_ms).lesson if rows else ""


def of_all(own: Own, find: Find, words: Words, now: float) -> tuple[CourseProgress, ...]:
    """Return how far somebody is in each course that they took up, the latest first."""
    latest = sorted(own.lessons, key=lambda row: row.last_ms, reverse=True)
    ids = dict.fromkeys(row.course for row in latest)
    return tuple(_course(own, one, find(one), words, now) for one in ids)


def _course(own: Own, name: str, course: Course | None, words: Words, now: float) -> CourseProgress:
    rows = [row for row in own.lessons if row.course == name]
    titles = {lesson.id: str(lesson.title) for lesson in course.lessons} if course else {}
    # What is no lesson any more comes last, by its id.
    order = {one: place for place, one in enumerate(titles)}
    rows.sort(key=lambda row: (order.get(row.lesson, len(order)), row.lesson))
    return CourseProgress(
        name,
        str(course.title) if course else name,
        tuple(
            _lesson(row, own.exercises, titles.get(row.lesson, row.lesson), words, now)
            for row in rows
        ),
    )


def _lesson(
    row: LessonRow, exercises: Iterable[ExerciseRow], title: str, words: Words, now: float
) -> LessonProgress:
    met = [one for one in exercises if (one.course, one.lesson) == (row.course, row.lesson)]
    right = sum(one.is_right for one in met)
    opened = words.gettext("last opened {time}").format(time=words.at(row.last_ms / 1000, now))
    return LessonProgress(
        id=row.lesson,
        title=title,
        done=exercises_right(right, len(met), words) if met else "",
        opened=opened,
        is_done=bool(met) and right == len(met),
    )


def exercises_right(right: int, met: int, words: Words) -> str:
    """Say how many exercises are right, of those that somebody met."""
    text = words.ngettext("{right} of {n} exercise right", "{right} of {n} exercises right", met)
    return text.format(right=right, n=met)
