"""Classes in the learning store. Every function blocks: call it from a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from courses.service.classes.model import END_NOTICE_S, Class, Note, Seat, SeatState
from courses.service.store import people, tables
from courses.service.store.engine import writing

_classes, _seats, _notes, _users = (
    tables.classes,
    tables.seats,
    tables.notes,
    tables.users,
)
MOST_SHOWN = 200
"""Of the classes of a course, the newest."""


def add(engine: sa.Engine, one: Class, users: Sequence[str]) -> None:
    """Keep a new class, and its seats in the order of the roster."""
    with writing(engine) as connection:
        connection.execute(_classes.insert(), _row(one))
        ids = people.numbers(connection, users)
        rows = [_seat_row(one.id, ids[user], Seat(user=user)) for user in users]
        connection.execute(_seats.insert(), rows)


def of_course(engine: sa.Engine, course: str | None = None) -> tuple[Class, ...]:
    """Return the classes of a course, or of all; the next one first, then those that are over."""
    query = _query().order_by(_classes.c.ends_ms.desc()).limit(MOST_SHOWN)
    if course is not None:
        query = query.where(_classes.c.course == course)
    with engine.connect() as connection:
        found = [_class(row) for row in connection.execute(query).mappings()]
    coming = [one for one in found if one.closed_at is None]
    return (*reversed(coming), *(one for one in found if one.closed_at is not None))


def unfinished(engine: sa.Engine) -> tuple[Class, ...]:
    """Return the classes that have not closed yet."""
    query = _query().where(_classes.c.closed_ms.is_(None)).order_by(_classes.c.starts_ms)
    with engine.connect() as connection:
        return tuple(_class(row) for row in connection.execute(query).mappings())


def find(engine: sa.Engine, class_id: str) -> Class | None:
    """Return a class, or None."""
    with engine.connect() as connection:
        query = _query().where(_classes.c.id == class_id)
        row = connection.execute(query).mappings().one_or_none()
    return _class(row) if row is not None else None


def seats(engine: sa.Engine, class_id: str) -> tuple[Seat, ...]:
    """Return the seats of a class, by name."""
    query = _seats_query().where(_seats.c.class_id == class_id).order_by(_users.c.name)
    with engine.connect() as connection:
        return tuple(_seat(row) for row in connection.execute(query).mappings())


def seats_of(engine: sa.Engine, user: str) -> tuple[tuple[Class, Seat], ...]:
    """Return every class that somebody is in, and where their seat stands."""
    with engine.connect() as connection:
        theirs = _seats_query().where(_users.c.name == user)
        held = {row["class_id"]: _seat(row) for row in connection.execute(theirs).mappings()}
        query = _query().where(_classes.c.id.in_(held)).order_by(_classes.c.starts_ms)
        found = [_class(row) for row in connection.execute(query).mappings()]
    return tuple((one, held[one.id]) for one in found)


def save(engine: sa.Engine, class_id: str, changed: Iterable[Seat]) -> None:
    """Keep how some seats of a class stand. A seat whose person was erased stays away."""
    changed = tuple(changed)
    if not changed:
        return
    with writing(engine) as connection:
        ids = people.known(connection, [one.user for one in changed])
        for one in changed:
            if one.user not in ids:
                continue
            row = _seat_row(class_id, ids[one.user], one)
            theirs = (_seats.c.class_id == class_id) & (_seats.c.user_id == ids[one.user])
            # A trainee who opens it while this was on its way has opened it.
            row["opened_ms"] = sa.func.coalesce(_seats.c.opened_ms, row["opened_ms"])
            connection.execute(_seats.update().where(theirs).values(**row))


def opened(engine: sa.Engine, class_id: str, user: str, at: float) -> None:
    """Keep that somebody opened their seat; the first time counts."""
    with writing(engine) as connection:
        ids = people.known(connection, [user])
        connection.execute(
            _seats.update()
            .where(_seats.c.class_id == class_id, _seats.c.user_id == ids.get(user))
            .where(_seats.c.opened_ms.is_(None))
            .values(opened_ms=_ms(at))
        )


def begin(engine: sa.Engine, class_id: str, now: float) -> None:
    """Have the class's sessions started from now on; seats that failed are tried anew."""
    with writing(engine) as connection:
        one = _classes.c.id == class_id
        first = sa.func.coalesce(_classes.c.begun_ms, _ms(now))
        connection.execute(_classes.update().where(one).values(begun_ms=first))
        failed = (_seats.c.class_id == class_id) & (_seats.c.state == SeatState.FAILED.value)
        anew = {"state": SeatState.NOT_STARTED.value, "tries": 0, "tried_ms": None, "why": ""}
        connection.execute(_seats.update().where(failed).values(**anew, since_ms=_ms(now)))


def end(engine: sa.Engine, class_id: str, now: float) -> float:
    """Have the class end soon: return when, in Unix seconds. One that is over stays as it is."""
    with writing(engine) as connection:
        one = _classes.c.id == class_id
        row = connection.execute(sa.select(_classes).where(one)).mappings().one()
        ends_ms = min(row["ends_ms"], _ms(now + END_NOTICE_S))
        # One that had not begun ends before it was to begin.
        connection.execute(
            _classes.update()
            .where(one)
            .values(ends_ms=ends_ms, starts_ms=min(row["starts_ms"], ends_ms))
        )
    return float(ends_ms) / 1000


def close(engine: sa.Engine, class_id: str, now: float) -> None:
    """Keep that the class is over, and its last session too."""
    with writing(engine) as connection:
        connection.execute(
            _classes.update().where(_classes.c.id == class_id).values(closed_ms=_ms(now))
        )


def add_note(engine: sa.Engine, class_id: str, text: str, now: float) -> None:
    """Keep a note to all of a class."""
    with writing(engine) as connection:
        row = {"class_id": class_id, "at_ms": _ms(now), "text": text}
        connection.execute(_notes.insert(), row)


def notes(engine: sa.Engine, class_id: str, most: int = 20) -> tuple[Note, ...]:
    """Return the notes to a class, the newest first."""
    query = (
        sa.select(_notes)
        .where(_notes.c.class_id == class_id)
        .order_by(_notes.c.number.desc())
        .limit(most)
    )
    with engine.connect() as connection:
        return tuple(
            Note(number=row["number"], at=row["at_ms"] / 1000, text=row["text"])
            for row in connection.execute(query).mappings()
        )


def _query() -> sa.Select[Any]:
    roster = (
        sa.select(sa.func.count())
        .where(_seats.c.class_id == _classes.c.id)
        .scalar_subquery()
        .label("people")
    )
    return sa.select(_classes, roster)


def _seats_query() -> sa.Select[Any]:
    return sa.select(_users.c.name, _seats).join(_users, _users.c.id == _seats.c.user_id)


def _row(one: Class) -> dict[str, object]:
    return {
        "id": one.id,
        "course": one.course,
        "name": one.group,
        "size": one.size,
        "reservation": one.reservation,
        "starts_ms": _ms(one.starts_at),
        "ends_ms": _ms(one.ends_at),
        "empty_s": one.empty_s,
        "begun_ms": _ms_or_none(one.begun_at),
        "closed_ms": _ms_or_none(one.closed_at),
    }


def _class(row: Any) -> Class:  # noqa: ANN401  SQLAlchemy's own
    return Class(
        id=row["id"],
        course=row["course"],
        group=row["name"],
        size=row["size"],
        reservation=row["reservation"],
        starts_at=row["starts_ms"] / 1000,
        ends_at=row["ends_ms"] / 1000,
        empty_s=row["empty_s"],
        people=row["people"],
        begun_at=_s_or_none(row["begun_ms"]),
        closed_at=_s_or_none(row["closed_ms"]),
    )


def _seat_row(class_id: str, user_id: int, seat: Seat) -> dict[str, Any]:
    return {
        "class_id": class_id,
        "user_id": user_id,
        "state": seat.state.value,
        "since_ms": _ms(seat.since),
        "why": seat.why[:500],
        "tries": seat.tries,
        "tried_ms": _ms_or_none(seat.tried_at),
        "opened_ms": _ms_or_none(seat.opened_at),
    }


def _seat(row: Any) -> Seat:  # noqa: ANN401  SQLAlchemy's own
    return Seat(
        user=row["name"],
        state=SeatState(row["state"]),
        since=row["since_ms"] / 1000,
        why=row["why"],
        tries=row["tries"],
        tried_at=_s_or_none(row["tried_ms"]),
        opened_at=_s_or_none(row["opened_ms"]),
    )


def _ms(moment: float) -> int:
    return int(moment * 1000)


def _ms_or_none(moment: float | None) -> int | None:
    return None if moment is None else _ms(moment)


def _s_or_none(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
