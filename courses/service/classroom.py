"""What an instructor sees of a class. Pure: rows of the store in, words and lengths out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from courses.authoring.manifest import Course
from courses.service.events_export import moment
from courses.service.store_reading import Cell, ExerciseOfClass, OfClass
from spawners.words import Words, lasted

WIDE = 600
"""The length of a funnel's longest bar, in its picture's own units."""
HIGH = 26
"""How far apart its bars are."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Bar:
    """One lesson in the funnel."""

    number: int
    title: str
    opened: int
    done: int
    opened_wide: int
    done_wide: int
    y: int


@dataclass(frozen=True)
class Row:
    """One person: what they did in each lesson, in the order of the lessons."""

    user: str
    cells: tuple[str, ...]
    right: int
    last: str


@dataclass(frozen=True)
class ExerciseView:
    """How the class fares with one exercise."""

    lesson: str
    exercise: str
    people: int
    attempts: int
    right: int
    solved_in: str
    wrong_message: str
    wrong_people: int


@dataclass(frozen=True)
class ClassView:
    """A class, as its page shows it."""

    people: int
    funnel: tuple[Bar, ...]
    rows: tuple[Row, ...]
    exercises: tuple[ExerciseView, ...]

    @property
    def high(self) -> int:
        """The height of the funnel's picture, in its own units."""
        return HIGH * len(self.funnel)


def view(found: OfClass, course: Course, words: Words, now: float) -> ClassView:
    """Show a class."""
    titles = _titles(found, course)
    people = len({cell.user for cell in found.cells})
    return ClassView(
        people=people,
        funnel=_funnel(found.cells, titles, people),
        rows=_rows(found.cells, titles, words, now),
        exercises=_exercises(found.exercises, titles),
    )


def _titles(found: OfClass, course: Course) -> dict[str, str]:
    """Return each lesson's title in the course's order; what is no lesson any more comes last."""
    titles = {lesson.id: str(lesson.title) for lesson in course.lessons}
    return titles | {cell.lesson: titles.get(cell.lesson, cell.lesson) for cell in found.cells}


def _funnel(cells: Iterable[Cell], titles: dict[str, str], people: int) -> tuple[Bar, ...]:
    opened, done = Counter[str](), Counter[str]()
    for cell in cells:
        opened[cell.lesson] += 1
        done[cell.lesson] += 0 < cell.seen == cell.right
    return tuple(
        Bar(
            number=place + 1,
            title=title,
            opened=opened[lesson],
            done=done[lesson],
            opened_wide=WIDE * opened[lesson] // max(1, people),
            done_wide=WIDE * done[lesson] // max(1, people),
            y=HIGH * place,
        )
        for place, (lesson, title) in enumerate(titles.items())
    )


def _rows(
    cells: Iterable[Cell], titles: dict[str, str], words: Words, now: float
) -> tuple[Row, ...]:
    own: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        own.setdefault(cell.user, {})[cell.lesson] = cell
    return tuple(_row(user, by_lesson, titles, words, now) for user, by_lesson in own.items())


def _row(
    user: str, by_lesson: dict[str, Cell], titles: dict[str, str], words: Words, now: float
) -> Row:
    last_ms = max(cell.last_ms for cell in by_lesson.values())
    return Row(
        user=user,
        cells=tuple(_standing(by_lesson.get(lesson)) for lesson in titles),
        right=sum(cell.right for cell in by_lesson.values()),
        last=words.at(last_ms / 1000, now),
    )


def _standing(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"{cell.right}/{cell.seen}" if cell.seen else "·"


def _exercises(
    found: Iterable[ExerciseOfClass], titles: dict[str, str]
) -> tuple[ExerciseView, ...]:
    order = {lesson: place for place, lesson in enumerate(titles)}
    return tuple(
        ExerciseView(
            lesson=titles.get(one.lesson, one.lesson),
            exercise=one.exercise,
            people=one.people,
            attempts=one.attempts,
            right=one.right,
            solved_in=lasted(one.solve_ms / 1000) if one.solve_ms is not None else "",
            wrong_message=one.wrong_message,
            wrong_people=one.wrong_people,
        )
        for one in sorted(found, key=lambda one: order.get(one.lesson, len(order)))
    )


def as_csv(found: OfClass, course: Course) -> str:
    """Return a line for each person and lesson. No cell of it is a formula for a spreadsheet."""
    titles = _titles(found, course)
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("person", "lesson", "title", "met", "right", "tries", "last_active"))
    for cell in found.cells:
        numbers = (cell.seen, cell.right, cell.attempts)
        words = (cell.user, cell.lesson, titles[cell.lesson])
        lines.writerow((*map(harmless, words), *numbers, moment(cell.last_ms)))
    return text.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
