"""What an instructor sees of a class. Pure: rows of the store in, words and lengths out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courses.authoring.manifest import Course
from courses.service.classroom.exercises import ExerciseView, exercises
from courses.service.classroom.people import Person, Sort, in_order, people
from courses.service.classroom.rows import NeedsHelp, Row, Say, needs_help, row
from courses.service.classroom.sessions import SessionsByName, Where
from courses.service.events.export import moment
from courses.service.learning.exercises import NOBODY_KNOWS, Titles
from courses.service.store.reading import OfClass
from spawners.words import Words

WIDE = 100
"""The length of a funnel's longest bar, in percent of its place."""
HIGH = 26
"""How far apart its bars are, in pixels."""
MOST_GONE = 30
"""So many lessons that the course does not have are shown: anybody can make up thousands."""
MOST_HELP = 10
"""Nobody can help more at once; the table of people marks them all."""
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
class Counts:
    """How many of a class do what just now. One person may be counted twice: in a session, done."""

    in_session: int
    waiting: int
    stuck: int
    done: int


@dataclass(frozen=True)
class ClassView:
    """A class, as its page shows it."""

    people: int
    """How many have begun."""
    counts: Counts
    knows_sessions: bool
    """Whether the hub said who has a session."""
    help: tuple[NeedsHelp, ...]
    """Who needs help now: who is stuck for longest first; at most `MOST_HELP` of them."""
    funnel: tuple[Bar, ...]
    rows: tuple[Row, ...]
    by: Sort
    """What the rows are sorted by."""
    exercises: tuple[ExerciseView, ...]

    @property
    def more_help(self) -> int:
        """How many more are stuck than `help` names."""
        return self.counts.stuck - len(self.help)

    @property
    def high(self) -> int:
        """The height of the funnel's picture, in pixels."""
        return HIGH * len(self.funnel)


def view(
    found: OfClass,
    course: Course,
    words: Words,
    now: float,
    *,
    titles: Titles = NOBODY_KNOWS,
    sessions: SessionsByName | None = None,
    by: Sort = Sort.NAME,
) -> ClassView:
    """Show a class. `sessions` is None where the hub does not say who has one."""
    lessons = _lessons(found, course)
    everyone = people(found, course, titles, sessions or {}, int(now * 1000))
    has_begun = [one for one in everyone if one.cells]
    say = Say(words, now, lessons, titles)
    return ClassView(
        people=len(has_begun),
        counts=_counts(everyone),
        knows_sessions=sessions is not None,
        help=needs_help(everyone, say)[:MOST_HELP],
        funnel=_funnel(has_begun, lessons),
        rows=tuple(row(one, say) for one in in_order(everyone, by)),
        by=by,
        exercises=exercises(found.exercises, lessons, titles, words),
    )


def _lessons(found: OfClass, course: Course) -> dict[str, str]:
    """Return each lesson's title in the course's order; what is no lesson any more comes last.

    Of that, only the lessons that most people were in.
    """
    titles = _titles(course)
    gone = Counter(cell.lesson for cell in found.cells if cell.lesson not in titles)
    most = sorted(gone, key=lambda lesson: (-gone[lesson], lesson))[:MOST_GONE]
    return titles | {lesson: lesson for lesson in most}


def _titles(course: Course) -> dict[str, str]:
    return {lesson.id: str(lesson.title) for lesson in course.lessons}


def _counts(everyone: Sequence[Person]) -> Counts:
    return Counts(
        in_session=sum(one.is_(Where.IN_SESSION) for one in everyone),
        waiting=sum(one.is_(Where.WAITING) for one in everyone),
        stuck=sum(one.stuck_since_ms is not None for one in everyone),
        done=sum(one.is_done for one in everyone),
    )


def _funnel(everyone: Sequence[Person], lessons: Mapping[str, str]) -> tuple[Bar, ...]:
    opened, done = Counter[str](), Counter[str]()
    for one in everyone:
        opened.update(one.done.keys())
        done.update(lesson for lesson, amount in one.done.items() if amount.is_all)
    return tuple(
        Bar(
            number=place + 1,
            title=title,
            opened=opened[lesson],
            done=done[lesson],
            opened_wide=WIDE * opened[lesson] // max(1, len(everyone)),
            done_wide=WIDE * done[lesson] // max(1, len(everyone)),
            y=HIGH * place,
        )
        for place, (lesson, title) in enumerate(lessons.items())
    )


def as_csv(found: OfClass, course: Course) -> str:
    """Return a line for each person and lesson. No cell of it is a formula for a spreadsheet."""
    titles = _titles(course)
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("person", "lesson", "title", "met", "right", "tries", "last_active"))
    for cell in found.cells:
        numbers = (cell.seen, cell.right, cell.attempts)
        words = (cell.user, cell.lesson, titles.get(cell.lesson, cell.lesson))
        lines.writerow((*map(harmless, words), *numbers, moment(cell.last_ms)))
    return text.getvalue()


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
