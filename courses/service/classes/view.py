"""What an instructor sees of classes, in their words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from courses.service.classes.model import Class, Note, Seat, SeatState
from spawners.words import Words, later

_STATES = {
    SeatState.NOT_STARTED: later("not started"),
    SeatState.WAITING: later("waiting"),
    SeatState.READY: later("ready"),
    SeatState.OPENED: later("opened"),
    SeatState.OWN: later("has a session of their own"),
    SeatState.GIVEN_BACK: later("given back"),
    SeatState.FAILED: later("failed"),
    SeatState.ENDED: later("ended"),
}
_TONES = {
    SeatState.READY: "good",
    SeatState.OPENED: "good",
    SeatState.FAILED: "bad",
    SeatState.WAITING: "warn",
}


@dataclass(frozen=True)
class ClassView:
    """One class: when it is, and how it stands."""

    id: str
    group: str
    when: str
    people: int
    size: str
    reservation: str
    state: str
    empty_minutes: int
    goes_on: bool
    """Whether there is anything that may still be done to it."""


@dataclass(frozen=True)
class SeatView:
    """One seat. `tone` is how its state looks: good, warn, bad, or nothing."""

    user: str
    state: str
    tone: str
    since: str
    why: str


@dataclass(frozen=True)
class ClassNow:
    """How a class stands just now."""

    one: ClassView
    seats: tuple[SeatView, ...]
    counts: tuple[tuple[str, int], ...]
    notes: tuple[tuple[str, str], ...]
    """When, and what was said; the newest first."""


def one_class(one: Class, words: Words, now: float) -> ClassView:
    """Show a class on a list."""
    when = words.gettext("{start} to {end}").format(
        start=words.at(one.starts_at, now), end=words.at(one.ends_at, one.starts_at)
    )
    return ClassView(
        id=one.id,
        group=one.group,
        when=when,
        people=one.people,
        size=one.size,
        reservation=one.reservation or "",
        state=words.gettext(_state(one, now)),
        empty_minutes=one.empty_s // 60,
        goes_on=now < one.ends_at,
    )


def _state(one: Class, now: float) -> str:
    if one.closed_at is not None:
        return later("over")
    if now >= one.ends_at:
        return later("ending")
    if now >= one.starts_at:
        return later("going on")
    return later("being prepared") if now >= one.opens_at else later("planned")


def class_now(
    one: Class, seats: Iterable[Seat], notes: Iterable[Note], words: Words, now: float
) -> ClassNow:
    """Show a class with its seats."""
    seats = tuple(seats)
    counts = Counter(seat.state for seat in seats)
    return ClassNow(
        one=one_class(one, words, now),
        seats=tuple(_seat(seat, words, now) for seat in seats),
        counts=tuple(
            (words.gettext(_STATES[state]), counts[state]) for state in SeatState if counts[state]
        ),
        notes=tuple((words.at(note.at, now), note.text) for note in notes),
    )


def _seat(seat: Seat, words: Words, now: float) -> SeatView:
    return SeatView(
        user=seat.user,
        state=words.gettext(_STATES[seat.state]),
        tone=_TONES.get(seat.state, ""),
        since=words.at(seat.since, now) if seat.since else "",
        why=words.gettext(seat.why),
    )
