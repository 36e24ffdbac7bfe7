"""What pages and exports read of the learning store. From the summaries, whose size is the class's.

Every function blocks: call it from a thread. Times in Unix milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import sqlalchemy as sa

from courses.service.store import tables
from courses.service.store.latest import Latest, latest
from courses.service.store.mistakes import NONE, Mistake, mistakes

_PAGE = 1000
_Row = TypeVar("_Row")
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class LessonRow:
    """A lesson that a person opened or worked in."""

    course: str
    lesson: str
    opened: int
    first_ms: int
    last_ms: int


@dataclass(frozen=True)
class ExerciseRow:
    """An exercise that a person met."""

    course: str
    lesson: str
    exercise: str
    attempts: int
    hints: int
    solutions: int
    first_try_ms: int | None
    first_right_ms: int | None
    last_ms: int
    last_state: str
    last_message: str

    @property
    def is_right(self) -> bool:
        """Whether it was right once."""
        return self.first_right_ms is not None


@dataclass(frozen=True)
class Own:
    """All summaries of one person."""

    pseudonym: str = ""
    lessons: tuple[LessonRow, ...] = ()
    exercises: tuple[ExerciseRow, ...] = ()

    # Looked up by hand, each of thousands that somebody made up would be compared with all others.
    @cached_property
    def lessons_by_course(self) -> Mapping[str, Sequence[LessonRow]]:
        """The lessons of each course."""
        return _grouped(self.lessons, lambda row: row.course)

    @cached_property
    def exercises_by_lesson(self) -> Mapping[tuple[str, str], Sequence[ExerciseRow]]:
        """The exercises of each lesson, by its course and itself."""
        return _grouped(self.exercises, lambda row: (row.course, row.lesson))


def _grouped(rows: Iterable[_Row], key: Callable[[_Row], _Key]) -> dict[_Key, list[_Row]]:
    found: dict[_Key, list[_Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


@dataclass(frozen=True)
class Cell:
    """How far one person is in one lesson."""

    user: str
    lesson: str
    seen: int
    right: int
    attempts: int
    last_ms: int


@dataclass(frozen=True)
class ExerciseOfClass:
    """How a class fares with one exercise; `solve_ms` is the median from first try to right."""

    lesson: str
    exercise: str
    people: int
    attempts: int
    right: int
    solve_ms: int | None
    mistake: Mistake = NONE


@dataclass(frozen=True)
class OfClass:
    """A course, as its class stands in it."""

    cells: tuple[Cell, ...]
    exercises: tuple[ExerciseOfClass, ...]
    latest: tuple[Latest, ...] = ()


def own(engine: sa.Engine, name: str, course: str | None = None) -> Own:
    """Return a person's summaries, of one course or of all."""
    with engine.connect() as connection:
        users = tables.users.c
        found = connection.execute(
            sa.select(users.id, users.pseudonym).where(users.name == name)
        ).one_or_none()
        if found is None:
            return Own()
        return Own(
            found.pseudonym,
            tuple(
                LessonRow(*row)
                for row in connection.execute(_of(tables.lessons, LessonRow, found.id, course))
            ),
            tuple(
                ExerciseRow(*row)
                for row in connection.execute(_of(tables.exercises, ExerciseRow, found.id, course))
            ),
        )


def _of(table: sa.Table, row: Any, user_id: int, course: str | None) -> sa.Select[Any]:  # noqa: ANN401
    query = sa.select(*(table.c[name] for name in row.__dataclass_fields__))
    query = query.where(table.c.user_id == user_id)
    if course is not None:
        query = query.where(table.c.course == course)
    return query.order_by(table.c.last_ms.desc())


def of_class(engine: sa.Engine, course: str) -> OfClass:
    """Return how everyone who took up a course stands in it. The same moment for all of it."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        return OfClass(
            tuple(Cell(*row) for row in connection.execute(_cells(course))),
            _exercises(connection, course),
            latest(connection, course),
        )


def _cells(course: str) -> sa.Select[Any]:
    one, lesson, users = tables.exercises, tables.lessons, tables.users
    sums = (
        sa.select(
            one.c.user_id,
            one.c.lesson,
            sa.func.count().label("seen"),
            sa.func.count(one.c.first_right_ms).label("right"),
            sa.func.sum(one.c.attempts).label("attempts"),
        )
        .where(one.c.course == course)
        .group_by(one.c.user_id, one.c.lesson)
        .subquery()
    )
    return (
        sa.select(
            users.c.name,
            lesson.c.lesson,
            *(sa.func.coalesce(sums.c[name], 0) for name in ("seen", "right", "attempts")),
            lesson.c.last_ms,
        )
        .join(users, users.c.id == lesson.c.user_id)
        .outerjoin(sums, (sums.c.user_id == lesson.c.user_id) & (sums.c.lesson == lesson.c.lesson))
        .where(lesson.c.course == course)
        .order_by(users.c.name)
    )


def _exercises(connection: sa.Connection, course: str) -> tuple[ExerciseOfClass, ...]:
    # Three questions, put together here: joined there, SQLite looks each row up in a list.
    times = {(row[0], row[1]): row[2] for row in connection.execute(_median_times(course))}
    most = mistakes(connection, course)
    found = []
    for lesson, exercise, people, attempts, right in connection.execute(_sums(course)):
        solve_ms, mistake = times.get((lesson, exercise)), most.get((lesson, exercise), NONE)
        found.append(ExerciseOfClass(lesson, exercise, people, attempts, right, solve_ms, mistake))
    return tuple(found)


def _sums(course: str) -> sa.Select[Any]:
    one = tables.exercises.c
    return (
        sa.select(
            one.lesson,
            one.exercise,
            sa.func.count(),
            sa.func.sum(one.attempts),
            sa.func.count(one.first_right_ms),
        )
        .where(one.course == course)
        .group_by(one.lesson, one.exercise)
        .order_by(one.lesson, one.exercise)
    )


def _median_times(course: str) -> sa.Select[Any]:
    """Return the lower median, which both databases can find."""
    one = tables.exercises.c
    solve_ms = one.first_right_ms - one.first_try_ms
    exercise = (one.lesson, one.exercise)
    ranked = (
        sa.select(
            one.lesson,
            one.exercise,
            solve_ms.label("solve_ms"),
            sa.func.row_number().over(order_by=solve_ms, partition_by=exercise).label("rank"),
            sa.func.count().over(partition_by=exercise).label("people"),
        )
        .where(one.course == course, one.first_right_ms.is_not(None))
        .subquery()
    )
    middle = ranked.c.rank == (ranked.c.people + 1) // 2
    return sa.select(ranked.c.lesson, ranked.c.exercise, ranked.c.solve_ms).where(middle)


@dataclass(frozen=True)
class Stored:
    """An event as it is stored."""

    number: int
    pseudonym: str
    id: str
    course: str
    release: str
    lesson: str
    exercise: str
    kind: str
    state: str
    detail: dict[str, Any]
    seq: int
    at_ms: int
    received_ms: int


def events(
    engine: sa.Engine, *, name: str | None = None, course: str | None = None
) -> Iterator[list[Stored]]:
    """Yield a person's events, or a course's, page by page in the order in which they came."""
    last = 0
    while page := _page(engine, last, name, course):
        yield page
        last = page[-1].number


def _page(engine: sa.Engine, after: int, name: str | None, course: str | None) -> list[Stored]:
    event, users = tables.events, tables.users
    query = (
        sa.select(event, users.c.pseudonym)
        .join(users, users.c.id == event.c.user_id)
        .where(event.c.number > after)
        .order_by(event.c.number)
        .limit(_PAGE)
    )
    if name is not None:
        query = query.where(users.c.name == name)
    if course is not None:
        query = query.where(event.c.course == course)
    with engine.connect() as connection:
        return [_stored(row) for row in connection.execute(query).mappings()]


def _stored(row: Any) -> Stored:  # noqa: ANN401  SQLAlchemy's own
    shown = {name: row[name] for name in Stored.__dataclass_fields__}
    return Stored(**{**shown, "id": bytes(row["id"]).hex(), "detail": json.loads(row["detail"])})
