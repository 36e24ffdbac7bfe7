"""People in the learning store: a number for each name, which other tables have in its place."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from courses.service.store import tables
from courses.service.store.merge import add_people


def known(connection: sa.Connection, names: Sequence[str]) -> dict[str, int]:
    """Return the numbers of those who are there."""
    users = tables.users.c
    query = sa.select(users.name, users.id).where(users.name.in_(names))
    return {row.name: row.id for row in connection.execute(query)}


def last_ms(connection: sa.Connection, user_id: int) -> int:
    """Return when somebody's last event was, by its own clock, in Unix milliseconds; 0: never."""
    events = tables.events.c
    query = sa.select(sa.func.max(events.at_ms)).where(events.user_id == user_id)
    return connection.scalar(query) or 0


def numbers(connection: sa.Connection, names: Sequence[str]) -> dict[str, int]:
    """Return everybody's number. Who is new gets one, and a pseudonym drawn by chance."""
    found = known(connection, names)
    missing = [name for name in names if name not in found]
    if missing:
        rows = [{"name": name, "pseudonym": secrets.token_hex(16)} for name in missing]
        connection.execute(add_people(connection.dialect.name), rows)
        found |= known(connection, missing)
    return found
