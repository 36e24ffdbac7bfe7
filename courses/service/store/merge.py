"""The statements that store events and their summaries, in SQLite's and PostgreSQL's words. Pure.

Each is made once: making one takes as long as the database does for a row.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from courses.service.store import tables


class Upsert(Protocol):
    """What SQLite's and PostgreSQL's inserts have in common."""

    excluded: sa.ColumnCollection[str, sa.ColumnElement[Any]]

    def on_conflict_do_nothing(self) -> sa.Insert:
        """Leave a row as it is that is there already."""

    def on_conflict_do_update(self, *, index_elements: Any, set_: Any) -> sa.Insert:  # noqa: ANN401
        """Change a row that is there already."""


def insert(dialect: str, table: sa.Table) -> Upsert:
    """Return the insert that can deal with rows that are there already."""
    made = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return cast("Upsert", made)


@cache
def add_people(dialect: str) -> sa.Insert:
    """Return the statement for people who may be there already."""
    return insert(dialect, tables.users).on_conflict_do_nothing()


@cache
def add_events(dialect: str) -> ReturningInsert[Any]:
    """Return the statement for events; it returns those that were not there."""
    new = insert(dialect, tables.events).on_conflict_do_nothing()
    return new.returning(tables.events.c.user_id, tables.events.c.id)


@cache
def merge_exercises(dialect: str) -> sa.Insert:
    """Return the statement for rows of `store_summary.exercise_rows`."""
    table = tables.exercises
    new = insert(dialect, table)
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={
            **{name: table.c[name] + new.excluded[name] for name in _COUNTS},
            **{name: _earlier(table.c[name], new.excluded[name]) for name in _FIRSTS},
            **{name: _later(table.c[name], new.excluded[name]) for name in _LASTS},
            **{
                name: _with_later(table.c[time], new.excluded[time], table.c[name], new.excluded)
                for name, time in _TOLD.items()
            },
        },
    )


@cache
def merge_lessons(dialect: str) -> sa.Insert:
    """Return the statement for rows of `store_summary.lesson_rows`."""
    table = tables.lessons
    new = insert(dialect, table)
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={
            "opened": table.c.opened + new.excluded["opened"],
            "first_ms": _earlier(table.c.first_ms, new.excluded["first_ms"]),
            "last_ms": _later(table.c.last_ms, new.excluded["last_ms"]),
        },
    )


_COUNTS = ("attempts", "hints", "solutions")
_FIRSTS = ("first_try_ms", "first_right_ms")
_LASTS = ("last_ms", "state_ms", "wrong_ms")
_TOLD = {
    "last_state": "state_ms",
    "last_message": "state_ms",
    "wrong_message": "wrong_ms",
    "wrong_check": "wrong_ms",
}
"""What is told by the latest event, and the time that says which that is."""


def _earlier(old: sa.ColumnElement[Any], new: sa.ColumnElement[Any]) -> sa.Case[Any]:
    return sa.case((old.is_(None) | (new < old), new), else_=old)


def _later(old: sa.ColumnElement[Any], new: sa.ColumnElement[Any]) -> sa.Case[Any]:
    return sa.case((old.is_(None) | (new > old), new), else_=old)


def _with_later(
    old_time: sa.ColumnElement[Any],
    new_time: sa.ColumnElement[Any],
    old: sa.Column[Any],
    excluded: sa.ColumnCollection[str, sa.ColumnElement[Any]],
) -> sa.Case[Any]:
    return sa.case((old_time.is_(None) | (new_time >= old_time), excluded[old.name]), else_=old)
