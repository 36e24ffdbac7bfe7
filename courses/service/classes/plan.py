"""What a class needs now: what should be is held against what is. Pure.

The same question asked twice gives the same answer, so nothing is lost when whoever asks is killed
in between: what was begun is seen in the sessions, and gone on with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.service.classes.model import Class, Seat, SeatState

AT_ONCE = 8
"""How many starts, or ends, are on their way to the hub at a time."""
MOST_TRIES = 3
_AGAIN_S = 15.0
_APPEARS_S = 5.0
"""How long a session that was just asked for may be missing from what the hub lists."""
_ANSWERS_S = 20.0
"""For how long after it is ready a session's own first signs are not taken for its trainee's."""

_OURS = (SeatState.WAITING, SeatState.READY, SeatState.OPENED)


@dataclass(frozen=True)
class Seen:
    """Somebody's session, as the hub tells it."""

    class_id: str = ""
    """The class that it was started for; empty for one of the trainee's own."""
    ready: bool = False
    stopping: bool = False
    active_at: float | None = None
    """When something last went through the hub's proxy to it; Unix seconds."""


@dataclass(frozen=True)
class Plan:
    """What is to be done, and how the seats stand."""

    start: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    """Those that stand otherwise than before."""
    vanished: tuple[str, ...] = ()
    """Whose start came to nothing: the hub may know why."""
    is_over: bool = False
    """Whether the class has ended, and its last session with it."""


@dataclass(frozen=True)
class _Step:
    """What one seat needs."""

    seat: Seat
    start: bool = False
    stop: bool = False
    vanished: bool = False


def plan(one: Class, seats: Iterable[Seat], sessions: Mapping[str, Seen], now: float) -> Plan:
    """Return what a class needs at this time; nothing before it opens."""
    seats = tuple(seats)
    if now < one.opens_at:
        return Plan()
    step = _closing if now >= one.ends_at else _open
    steps = [step(one, seat, sessions.get(seat.user), now) for seat in seats]
    changed = tuple(new.seat for new, old in zip(steps, seats, strict=True) if new.seat != old)
    return Plan(
        start=tuple(one.seat.user for one in steps if one.start)[:AT_ONCE],
        stop=tuple(one.seat.user for one in steps if one.stop)[:AT_ONCE],
        seats=changed,
        vanished=tuple(one.seat.user for one in steps if one.vanished),
        is_over=now >= one.ends_at and not any(_is_ours(one, seat, sessions) for seat in seats),
    )


def _is_ours(one: Class, seat: Seat, sessions: Mapping[str, Seen]) -> bool:
    return seat.user in sessions and sessions[seat.user].class_id == one.id


def _closing(one: Class, seat: Seat, seen: Seen | None, now: float) -> _Step:
    if seen is not None and seen.class_id == one.id:
        return _Step(seat, stop=not seen.stopping)
    return _Step(_to(seat, SeatState.ENDED, now) if seat.state in _OURS else seat)


def _open(one: Class, seat: Seat, seen: Seen | None, now: float) -> _Step:
    if seen is None:
        return _without_session(one, seat, now)
    if seen.class_id != one.id:
        return _Step(_to(seat, SeatState.OWN, now))
    if seen.stopping:
        return _Step(seat)
    if not seen.ready:
        return _Step(_to(seat, SeatState.WAITING, now))
    if seat.opened_at is not None or _is_active(seat, seen):
        opened = seat.model_copy(update={"opened_at": seat.opened_at or seen.active_at})
        return _Step(_to(opened, SeatState.OPENED, now))
    if seat.state is SeatState.GIVEN_BACK:
        return _Step(seat, stop=True)  # the hub was told so, and did not do it
    ready = _to(seat, SeatState.READY, now)
    if now >= max(one.starts_at, ready.since) + one.empty_s:
        return _Step(_to(ready, SeatState.GIVEN_BACK, now), stop=True)
    return _Step(ready)


def _is_active(seat: Seat, seen: Seen) -> bool:
    known_ready = seat.state is SeatState.READY
    return known_ready and seen.active_at is not None and seen.active_at > seat.since + _ANSWERS_S


def _without_session(one: Class, seat: Seat, now: float) -> _Step:
    if seat.state is SeatState.WAITING:
        if now < (seat.tried_at or seat.since) + _APPEARS_S:
            return _Step(seat)
        return _Step(_to(seat, SeatState.FAILED, now), vanished=True)
    if seat.state in (SeatState.READY, SeatState.OPENED):
        return _Step(_to(seat, SeatState.ENDED, now))
    late = now >= one.starts_at + one.empty_s
    if seat.state is SeatState.OWN:
        wanted = SeatState.ENDED if now >= one.starts_at else SeatState.NOT_STARTED
        return _Step(_to(seat, wanted, now))
    if seat.state is SeatState.NOT_STARTED:
        return _Step(_to(seat, SeatState.GIVEN_BACK, now)) if late else _Step(seat, start=True)
    if seat.state is SeatState.FAILED and not late:
        return _Step(seat, start=_may_try_again(seat, now))
    return _Step(seat)


def _may_try_again(seat: Seat, now: float) -> bool:
    pause_s = _AGAIN_S * 2.0 ** max(0, seat.tries - 1)
    return seat.tries < MOST_TRIES and now >= (seat.tried_at or seat.since) + pause_s


def _to(seat: Seat, state: SeatState, now: float) -> Seat:
    if seat.state is state:
        return seat
    # What went wrong once is of no interest any more where it goes well.
    return seat.model_copy(update={"state": state, "since": now, "why": ""})
