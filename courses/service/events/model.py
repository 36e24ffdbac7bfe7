"""One fact about learning, as a session sends it: read, bounded, judged. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from spawners.machine import Model, Slug

VERSION = 1
MOST_EVENTS = 500
"""The most events in one request."""
MOST_BYTES = 1024 * 1024
"""The longest request, in bytes."""
MOST_DETAIL_BYTES = 2048
AHEAD_MS = 24 * 3600 * 1000
"""How far the clock of a session may be ahead."""
MOST_MESSAGE = 300
MOST_CHECKS = 1000
"""The last place of a check in its exercise that is believed."""

EventId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]*$", max_length=100)]
ReleaseName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+-]*$", max_length=100)]


class Kind(StrEnum):
    """What an event is about."""

    OPENED = "lesson-opened"
    ATTEMPTED = "exercise-attempted"
    HINT = "hint-shown"
    SOLUTION = "solution-shown"
    QUIZ = "quiz-answered"


class Event(Model):
    """One fact about learning. A trainee may have written it by hand: nothing in it is trusted."""

    v: Literal[1]
    id: EventId
    at: AwareDatetime
    seq: Annotated[int, Field(ge=0, lt=2**53)]
    course: Slug
    release: ReleaseName
    lesson: Slug
    kind: Kind
    exercise: ExerciseId = ""
    state: Literal["right", "wrong", "not attempted", "not checked", ""] = ""
    detail: Mapping[str, Any] = Field(default_factory=dict)

    @field_validator("at")
    @classmethod
    def _is_a_time_that_can_be_counted(cls, at: datetime) -> datetime:
        if not 2000 <= at.year <= 9000:
            raise ValueError("it is no time that an event can have")
        return at

    @field_validator("detail")
    @classmethod
    def _detail_is_small(cls, detail: Mapping[str, Any]) -> Mapping[str, Any]:
        if len(_as_json(detail)) > MOST_DETAIL_BYTES:
            raise ValueError(f"it is more than {MOST_DETAIL_BYTES} bytes")
        return detail

    @model_validator(mode="after")
    def _says_which_exercise(self) -> Self:
        if (self.kind == Kind.OPENED) == bool(self.exercise):
            raise ValueError("an opened lesson names no exercise, and everything else names one")
        return self

    @cached_property
    def at_ms(self) -> int:
        """When it happened, in Unix milliseconds."""
        return int(self.at.timestamp() * 1000)

    @cached_property
    def detail_json(self) -> str:
        """The detail as it is stored: ASCII, so that no database has to refuse a character."""
        return _as_json(self.detail)

    @property
    def is_try(self) -> bool:
        """Whether somebody answered, right or wrong."""
        return self.state in ("right", "wrong")

    @property
    def message(self) -> str:
        """What the check said, in one printable line; empty if nothing."""
        said = self.detail.get("message", "")
        line = " ".join(said.split()) if isinstance(said, str) else ""
        printable = "".join(sign for sign in line if sign.isprintable())
        return printable[:MOST_MESSAGE]

    @property
    def failed_check(self) -> int | None:
        """The place of the first check that the answer failed, from 1; None if it does not say."""
        said = self.detail.get("check")
        # In JSON, true is no number; in Python, it is 1.
        is_place = type(said) is int and 1 <= said <= MOST_CHECKS
        return said if is_place else None


@dataclass(frozen=True)
class Refused:
    """An event that was not taken, and why. Who sent it need not send it again."""

    id: str
    why: str


@dataclass(frozen=True)
class Judged:
    """What a request holds: the events that may be stored, in its order, and the others."""

    events: tuple[Event, ...]
    refused: tuple[Refused, ...]


def judge(raw: list[Any], *, now_ms: int, oldest_ms: int) -> Judged:
    """Read each event by itself: one that is wrong holds up no other."""
    events, refused = [], []
    for one in raw:
        try:
            event = Event.model_validate(one)
        except ValidationError as error:
            refused.append(Refused(_id(one), _why(one, error)))
            continue
        except RecursionError:
            refused.append(Refused(_id(one), "detail: it has too many things in things"))
            continue
        if why := _untimely(event, now_ms, oldest_ms):
            refused.append(Refused(event.id, why))
        else:
            events.append(event)
    return Judged(tuple(events), tuple(refused))


def _untimely(event: Event, now_ms: int, oldest_ms: int) -> str:
    if event.at_ms > now_ms + AHEAD_MS:
        return "at: it is in the future"
    if event.at_ms < oldest_ms:
        return "at: it is older than this site keeps events"
    return ""


def _id(raw: object) -> str:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:64] if isinstance(found, str) else ""


def _why(raw: object, error: ValidationError) -> str:
    if isinstance(raw, dict) and raw.get("v") != VERSION:
        return f"v: this site reads version {VERSION} of events"
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"]))[:100], first["msg"])))


def _as_json(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), separators=(",", ":"), allow_nan=False)
