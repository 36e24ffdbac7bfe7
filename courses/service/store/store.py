"""The learning store: events, once each, and summaries that are never behind them.

Every method blocks: call it from a thread. Writes belong in one thread (`events_writer.Writer`).
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from courses.service.events.model import Event, Refused
from courses.service.store import people, tables
from courses.service.store.engine import empty_log, migrate, open_engine, writing
from courses.service.store.merge import (
    add_events,
    insert,
    merge_exercises,
    merge_lessons,
)
from courses.service.store.summary import Own, exercise_rows, lesson_rows

_AT_ONCE = 5000
"""How many events one transaction forgets: those that arrive meanwhile wait for it."""
ERASED = "it is from before its person had everything erased"


@dataclass(frozen=True)
class Posted:
    """What one request brings."""

    user: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a request's events."""

    accepted: int
    known: int
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class _Sorted:
    """A request's events, as the store stands."""

    new: list[Own] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    doubles: int = 0


class Store:
    """One site's learning store. `key` is the site's secret, and the same after every restart."""

    def __init__(self, url: str, *, key: bytes) -> None:
        self.engine = open_engine(url)
        self._key = key
        migrate(self.engine)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def append(self, posted: Sequence[Posted], now_ms: int) -> list[Outcome]:
        """Store what several requests bring, all or nothing; an event that is there is known."""
        with writing(self.engine) as connection:
            return _Appending(connection, self._key, now_ms).append(posted)

    def erase(self, name: str, now_ms: int | None = None) -> bool:
        """Erase all of a person's, and refuse from now on what is from before now.

        Of a session whose clock is ahead, that is what is from before its last event. Returns
        whether there was anything. What remains is a keyed hash of the name, and a time.
        """
        at_ms = now_ms or _now_ms()
        with writing(self.engine) as connection:
            user_id = people.known(connection, [name]).get(name)
            if user_id is not None:
                at_ms = max(at_ms, people.last_ms(connection, user_id))
                for table in tables.personal:
                    connection.execute(table.delete().where(table.c.user_id == user_id))
                connection.execute(tables.users.delete().where(tables.users.c.id == user_id))
            stone = {"person": person(self._key, name), "at_ms": at_ms}
            new = insert(self.engine.dialect.name, tables.erasures)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=[tables.erasures.c.person],
                    set_={"at_ms": new.excluded["at_ms"]},
                ),
                stone,
            )
        self.empty_log()
        return user_id is not None

    def forget_before(self, oldest_ms: int) -> bool:
        """Remove some of the events from before; return whether there are more of them.

        With the last of them go summaries that nothing came to since, and people with none.
        """
        old = (
            sa.select(tables.events.c.number)
            .where(tables.events.c.at_ms < oldest_ms)
            .order_by(tables.events.c.at_ms)
            .limit(_AT_ONCE)
        )
        with writing(self.engine) as connection:
            gone = connection.execute(
                tables.events.delete().where(tables.events.c.number.in_(old.scalar_subquery()))
            )
            if gone.rowcount == _AT_ONCE:
                return True
            for table in (tables.exercises, tables.lessons):
                connection.execute(table.delete().where(table.c.last_ms < oldest_ms))
            connection.execute(tables.erasures.delete().where(tables.erasures.c.at_ms < oldest_ms))
            _forget_classes(connection, oldest_ms)
            connection.execute(tables.users.delete().where(_has_nothing()))
        return False

    def empty_log(self) -> bool:
        """Empty the write-ahead log, which still holds the pages as they were before.

        Returns whether it is empty: it cannot be while somebody reads who began before.
        """
        return self.engine.dialect.name != "sqlite" or empty_log(self.engine)


class _Appending:
    """One transaction that stores events."""

    def __init__(self, connection: sa.Connection, key: bytes, now_ms: int) -> None:
        self._connection, self._key, self._now_ms = connection, key, now_ms
        self._dialect = connection.dialect.name

    def append(self, posted: Sequence[Posted]) -> list[Outcome]:
        names = sorted({one.user for one in posted if one.events})
        ids, erased = people.numbers(self._connection, names), self._erased(names)
        seen: set[tuple[int, str]] = set()
        found = [
            _sort(one, ids[one.user], erased.get(one.user), seen) if one.events else _Sorted()
            for one in posted
        ]
        stored = self._insert([own for one in found for own in one.new])
        self._summarise([own for one in found for own in one.new if _key(own) in stored])
        return [_outcome(one, stored) for one in found]

    def _erased(self, names: Iterable[str]) -> dict[str, int]:
        named = {person(self._key, name): name for name in names}
        stones = tables.erasures.c
        query = sa.select(stones.person, stones.at_ms).where(stones.person.in_(named))
        return {named[row.person]: row.at_ms for row in self._connection.execute(query)}

    def _insert(self, own: list[Own]) -> set[tuple[int, str]]:
        """Insert, and return which were not there."""
        if not own:
            return set()
        rows = [_row(user_id, event, self._now_ms) for user_id, event in own]
        done = self._connection.execute(add_events(self._dialect), rows)
        return {(row.user_id, row.id.hex()) for row in done}

    def _summarise(self, own: list[Own]) -> None:
        for statement, rows in (
            (merge_exercises(self._dialect), exercise_rows(own)),
            (merge_lessons(self._dialect), lesson_rows(own)),
        ):
            if rows:
                self._connection.execute(statement, rows)


def _sort(
    posted: Posted, user_id: int, erased_ms: int | None, seen: set[tuple[int, str]]
) -> _Sorted:
    new: list[Own] = []
    refused: list[Refused] = []
    doubles = 0
    for event in posted.events:
        if erased_ms is not None and event.at_ms <= erased_ms:
            refused.append(Refused(event.id, ERASED))
        elif (user_id, event.id) in seen:
            doubles += 1
        else:
            seen.add((user_id, event.id))
            new.append((user_id, event))
    return _Sorted(new, refused, doubles)


def _outcome(found: _Sorted, stored: set[tuple[int, str]]) -> Outcome:
    accepted = sum(_key(own) in stored for own in found.new)
    known = len(found.new) - accepted + found.doubles
    return Outcome(accepted, known, tuple(found.refused))


def _key(own: Own) -> tuple[int, str]:
    return own[0], own[1].id


def _row(user_id: int, event: Event, now_ms: int) -> dict[str, object]:
    return {
        "user_id": user_id,
        "id": bytes.fromhex(event.id),
        "course": event.course,
        "release": event.release,
        "lesson": event.lesson,
        "exercise": event.exercise,
        "kind": event.kind.value,
        "state": event.state,
        "detail": event.detail_json,
        "seq": event.seq,
        "at_ms": event.at_ms,
        "received_ms": now_ms,
    }


def person(key: bytes, name: str) -> str:
    """Return what stands for a person who had everything erased: nobody without the key knows."""
    return hmac.new(key, b"erased " + name.encode(), hashlib.sha256).hexdigest()


def _forget_classes(connection: sa.Connection, oldest_ms: int) -> None:
    old = sa.select(tables.classes.c.id).where(tables.classes.c.ends_ms < oldest_ms)
    for table in (tables.seats, tables.notes):
        connection.execute(table.delete().where(table.c.class_id.in_(old.scalar_subquery())))
    connection.execute(tables.classes.delete().where(tables.classes.c.ends_ms < oldest_ms))


def _has_nothing() -> sa.ColumnElement[bool]:
    return sa.and_(
        *(~sa.exists().where(table.c.user_id == tables.users.c.id) for table in tables.personal)
    )


def _now_ms() -> int:
    return int(time.time() * 1000)
