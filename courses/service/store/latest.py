"""What each person of a class works at: a query over the summaries. Times in Unix milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from courses.service.store import tables


@dataclass(frozen=True)
class Latest:
    """The exercise that a person worked at last. Until one try is right, all were wrong."""

    user: str
    lesson: str
    exercise: str
    attempts: int
    first_try_ms: int | None
    first_right_ms: int | None
    last_ms: int
    wrong_message: str


def latest(connection: sa.Connection, course: str) -> tuple[Latest, ...]:
    """Return it for each person who met an exercise of the course."""
    one, users = tables.exercises.c, tables.users.c
    # Not by a window: this follows the table's key, and sorts nothing.
    newest = (
        sa.select(one.user_id, sa.func.max(one.last_ms).label("last_ms"))
        .where(one.course == course)
        .group_by(one.user_id)
        .subquery()
    )
    told = [name for name in Latest.__dataclass_fields__ if name != "user"]
    query = (
        sa.select(users.name, *(one[name] for name in told))
        .select_from(newest)
        .join(
            tables.exercises,
            (one.user_id == newest.c.user_id) & (one.last_ms == newest.c.last_ms),
        )
        .join(tables.users, users.id == one.user_id)
        .where(one.course == course)
        .order_by(one.user_id, one.lesson, one.exercise)
    )
    found = (Latest(*row) for row in connection.execute(query))
    # Two of the same millisecond: one of them, and always the same.
    return tuple({each.user: each for each in found}.values())
