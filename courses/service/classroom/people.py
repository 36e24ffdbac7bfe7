"""The people of a class: what each does now, how far they are, and who is stuck. Pure, no words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from courses.authoring.manifest import Course
from courses.service.classroom import stuck
from courses.service.classroom.sessions import SessionNow, SessionsByName, Where
from courses.service.learning.amount import Amount, amount
from courses.service.learning.exercises import Titles
from courses.service.store.latest import Latest
from courses.service.store.reading import Cell, OfClass


class Sort(StrEnum):
    """What the table of people is sorted by."""

    NAME = "name"
    PROGRESS = "progress"
    """Who has least first: they may need help."""
    ACTIVE = "active"
    """Who did something last first."""


@dataclass(frozen=True)
class Person:
    """One person of a class. Times in Unix milliseconds."""

    user: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    """Of each lesson that they opened, by its id."""
    done: Mapping[str, Amount] = field(default_factory=dict)
    """The same: how much of it is done."""
    session: SessionNow | None = None
    at: Latest | None = None
    """The exercise that they are at; None before the first of a lesson."""
    stuck_since_ms: int | None = None
    is_done: bool = False
    """Whether all of the course is."""

    @property
    def last_ms(self) -> int | None:
        """When they did anything in the course last; None: nothing yet."""
        return max((cell.last_ms for cell in self.cells.values()), default=None)

    @property
    def at_lesson(self) -> str:
        """The id of the lesson that they worked in last, if any."""
        last = max(self.cells.values(), key=lambda cell: cell.last_ms, default=None)
        return last.lesson if last else ""

    @property
    def right(self) -> int:
        """How many exercises they have right."""
        return sum(cell.right for cell in self.cells.values())

    def is_(self, where: Where) -> bool:
        """Whether they are in a session, or wait for one."""
        return self.session is not None and self.session.where is where


def people(
    found: OfClass,
    course: Course,
    titles: Titles,
    sessions: SessionsByName,
    now_ms: int,
) -> tuple[Person, ...]:
    """Return everyone of the class, by name.

    That is who did something in the course, and whose session was started for it: nobody else whom
    the hub may name.
    """
    own: dict[str, dict[str, Cell]] = {}
    for cell in found.cells:
        own.setdefault(cell.user, {})[cell.lesson] = cell
    started = {name for name, one in sessions.items() if one.course == course.id}
    at = {one.user: one for one in found.latest}
    return tuple(
        _person(name, own.get(name, {}), course, titles, sessions.get(name), at.get(name), now_ms)
        for name in sorted(own.keys() | started)
    )


def _person(
    name: str,
    cells: Mapping[str, Cell],
    course: Course,
    titles: Titles,
    session: SessionNow | None,
    at: Latest | None,
    now_ms: int,
) -> Person:
    done = {
        lesson: amount(titles, lesson, right=cell.right, met=cell.seen)
        for lesson, cell in cells.items()
    }
    last = max(cells.values(), key=lambda cell: cell.last_ms, default=None)
    own_session = session if session and _is_for(session, course.id, last) else None
    # Who opened another lesson since has left the exercise behind.
    at = at if at and last and at.lesson == last.lesson else None
    return Person(
        user=name,
        cells=cells,
        done=done,
        session=own_session,
        at=at,
        stuck_since_ms=_stuck_since_ms(at, last, own_session, now_ms),
        is_done=all(one.id in done and done[one.id].is_all for one in course.lessons),
    )


def _is_for(session: SessionNow, course: str, last: Cell | None) -> bool:
    """Whether a session is used for the course: of another's the class is told nothing."""
    if session.course == course:
        return True
    began_ms = _began_ms(session)
    is_used = last is not None and 0 < began_ms <= last.last_ms
    return is_used and session.where is Where.IN_SESSION


def _stuck_since_ms(
    at: Latest | None, last: Cell | None, session: SessionNow | None, now_ms: int
) -> int | None:
    if at is None or last is None:
        return None
    began_ms = _began_ms(session) if session else 0
    return stuck.since_ms(at, active_ms=last.last_ms, began_ms=began_ms, now_ms=now_ms)


def _began_ms(session: SessionNow) -> int:
    return int((session.since or 0) * 1000)


def in_order(found: Iterable[Person], by: Sort) -> tuple[Person, ...]:
    """Sort people; those who are alike stay in the order of their names."""
    keys: dict[Sort, Callable[[Person], int | str]] = {
        Sort.NAME: lambda one: one.user,
        Sort.PROGRESS: lambda one: one.right,
        Sort.ACTIVE: lambda one: -(one.last_ms or 0),
    }
    return tuple(sorted(found, key=keys[by]))
