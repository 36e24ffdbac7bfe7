"""What each person of a class works at: a query over the summaries. Times in Unix milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from courses.service import store_tables as tables


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
    one, users = tables.exercises.c, tables.users
    rank = sa.func.row_number().over(
        partition_by=one.user_id,
        order_by=(one.last_ms.desc(), one.lesson.desc(), one.exercise.desc()),
    )
    told = [name for name in Latest.__dataclass_fields__ if name != "user"]
    ranked = (
        sa.select(one.user_id, *(one[name] for name in told), rank.label("rank"))
        .where(one.course == course)
        .subquery()
    )
    query = (
        sa.select(users.c.name, *(ranked.c[name] for name in told))
        .join(users, users.c.id == ranked.c.user_id)
        .where(ranked.c.rank == 1)
    )
    return tuple(Latest(*row) for row in connection.execute(query))
