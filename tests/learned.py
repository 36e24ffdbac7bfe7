"""Events as a session would send them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from courses.service.events.model import Event

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)


def raw(at_s: float = 0, **changed: Any) -> dict[str, Any]:
    """Return an event as JSON has it: a wrong try, so many seconds after noon."""
    at = datetime.fromtimestamp(NOON.timestamp() + at_s, UTC)
    return {
        "v": 1,
        "id": uuid.uuid4().hex,
        "at": at.isoformat(timespec="milliseconds"),
        "seq": 0,
        "course": "welcome",
        "release": "1.2.0",
        "lesson": "first",
        "kind": "exercise-attempted",
        "exercise": "mean",
        "state": "wrong",
        "detail": {},
        **changed,
    }


def event(at_s: float = 0, **changed: Any) -> Event:
    """Return such an event."""
    return Event.model_validate(raw(at_s, **changed))


def opened(at_s: float = 0, **changed: Any) -> Event:
    """Return the opening of a lesson."""
    return event(at_s, **{"kind": "lesson-opened", "exercise": "", "state": "", **changed})


def tried(at_s: float, state: str, message: str = "", **changed: Any) -> Event:
    """Return a try of an exercise, and what the check said."""
    return event(at_s, **{"state": state, "detail": {"message": message}, **changed})
