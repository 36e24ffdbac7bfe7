"""What a class is, and where each of its seats stands. Times are Unix seconds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from spawners.jobs import UserName
from spawners.machine import Line, Model, Slug, SlurmName
from spawners.seats import CLASS_ID

MOST_PEOPLE = 500
LONGEST_GROUP = 80
LONGEST_NOTE = 120
"""In characters: JupyterLab cuts a notice of more than 140, and says before it whose it is."""
END_NOTICE_S = 120
"""How long before its end everybody in a class is warned, also where it is ended by hand."""
_LEAD_S, _LEAD_EACH_S = 180, 3

ClassId = Annotated[str, StringConstraints(pattern=rf"^{CLASS_ID}$")]


class Class(Model):
    """One class, from its planning to its end."""

    id: ClassId
    course: Slug
    group: Annotated[Line, StringConstraints(min_length=1, max_length=LONGEST_GROUP)]
    size: Slug
    """The session size that everybody gets."""
    reservation: SlurmName | None = None
    starts_at: float
    ends_at: float
    empty_s: Annotated[int, Field(ge=1, le=24 * 3600)]
    """How long a session waits for its trainee, once the class has begun."""
    people: int = 0
    begun_at: float | None = None
    """When sessions were first to be started by hand, where somebody did not wait for it."""
    closed_at: float | None = None
    """When the last of its sessions was over."""

    @property
    def opens_at(self) -> float:
        """From when on its sessions are started: the larger the class, the earlier."""
        planned = self.starts_at - lead_s(self.people)
        return planned if self.begun_at is None else min(planned, self.begun_at)

    def is_open(self, now: float) -> bool:
        """Whether it has sessions at this time."""
        return self.opens_at <= now < self.ends_at


def lead_s(people: int) -> int:
    """Return how long before its beginning a class of so many gets its sessions."""
    return _LEAD_S + _LEAD_EACH_S * people


class SeatState(StrEnum):
    """Where a seat stands."""

    NOT_STARTED = "not started"
    WAITING = "waiting"
    """Its session was asked for, and is not ready yet."""
    READY = "ready"
    """Its session is ready, and nobody has opened it yet."""
    OPENED = "opened"
    OWN = "own session"
    """Its trainee has a session that is none of the class's: it is left alone."""
    GIVEN_BACK = "given back"
    """Nobody came: the session was ended, and its nodes are free for others."""
    FAILED = "failed"
    ENDED = "ended"


class Seat(Model):
    """One person of a class."""

    user: UserName
    state: SeatState = SeatState.NOT_STARTED
    since: float = 0.0
    """When this state began."""
    why: str = ""
    """Why it failed: a sentence."""
    tries: int = 0
    tried_at: float | None = None
    opened_at: float | None = None


class Note(Model):
    """A note of an instructor to all of a class."""

    number: int
    at: float
    text: str
