"""The classes that are open just now, as of the keeper's last look. Pure: nobody waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from courses.service.classes.model import Class, Note, Seat
from spawners import seats

IN_CLASS_S = 4
"""How soon a session of somebody in a class asks again what is new."""
ELSE_S = 30


@dataclass(frozen=True)
class Open:
    """One class that is open: its seats by name, and whose session is the class's."""

    one: Class
    seats: Mapping[str, Seat]
    notes: tuple[Note, ...] = ()
    sessions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Board:
    """All of them."""

    classes: tuple[Open, ...] = ()
    unopened: Mapping[str, str] = field(default_factory=dict)
    """Of whom it is not known yet that they came: their class."""

    def of(self, user: str, now: float) -> tuple[Open, ...]:
        """Return the classes that somebody is in at this time."""
        return tuple(
            found for found in self.classes if user in found.seats and found.one.is_open(now)
        )

    def place(self, user: str, course: str, now: float) -> Class | None:
        """Return the class in which somebody takes a course at this time."""
        return next((found.one for found in self.of(user, now) if found.one.course == course), None)

    def told(self, user: str, now: float) -> dict[str, object]:
        """Return what somebody's session is told, as JSON has it. Times in Unix seconds."""
        mine = self.of(user, now)
        ends = [found.one.ends_at for found in mine if user in found.sessions]
        notes = [
            {"number": note.number, "at": note.at, "text": note.text, "group": found.one.group}
            for found in mine
            for note in found.notes
        ]
        return {
            "notes": sorted(notes, key=lambda one: int(str(one["number"])))[-5:],
            "ends_at": min(ends, default=None),
            "again_s": IN_CLASS_S if mine else ELSE_S,
        }


def word(one: Class, user: str, key: bytes) -> str:
    """Return what gives somebody their seat in a class, until it ends."""
    return seats.sign(seats.Seat(one.id, int(one.ends_at), one.reservation), user, key)
