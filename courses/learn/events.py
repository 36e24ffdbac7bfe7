"""Facts about learning: one schema, for the kernel that writes them and for who reads them. Pure.

An event is one line of JSON. Its id makes sending it twice harmless.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from courses.learn.clock import now_text

VERSION = 1
MOST_DETAILS = 16
LONGEST_TEXT = 200
LONGEST_MESSAGE = 150
"""In characters: of any script, as JSON, it still fits into a detail."""
_ID = re.compile(r"[0-9a-f]{32}")
_TEXTS = ("course", "release", "lesson", "exercise", "state")
STATES = frozenset({"right", "wrong", "not attempted", "not checked", ""})


class Kind(StrEnum):
    """What happened."""

    LESSON_OPENED = "lesson-opened"
    EXERCISE_ATTEMPTED = "exercise-attempted"
    HINT_SHOWN = "hint-shown"
    SOLUTION_SHOWN = "solution-shown"
    QUIZ_ANSWERED = "quiz-answered"


@dataclass(frozen=True)
class Event:
    """One fact about learning."""

    seq: int
    """Counts the events of one kernel, from 1."""
    kind: str
    course: str = ""
    release: str = ""
    lesson: str = ""
    exercise: str = ""
    """The exercise's or the quiz's id; empty for a lesson."""
    state: str = ""
    detail: Mapping[str, str | int | float] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    at: str = field(default_factory=now_text)
    """ISO 8601 in UTC, with milliseconds."""
    v: int = VERSION

    def line(self) -> bytes:
        """Return the event as one line of JSON, with its end."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        # Half a character, as a trainee's answer may hold one: JSON writes it the same way.
        return text.encode("utf-8", "backslashreplace") + b"\n"


def shortened(message: str) -> str:
    """Return what a check said, as an event may carry it."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"


def parse(line: bytes | str) -> Event:
    """Read a line. Raises ValueError for what is no event of this version."""
    try:
        event = Event(**json.loads(line))
        faults = _faults(event)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"not an event: {type(error).__name__}") from None
    for fault in faults:
        raise ValueError(f"not an event: {fault}")
    return event


def _faults(event: Event) -> list[str]:
    texts = [getattr(event, name) for name in _TEXTS]
    holds = {
        "v": event.v == VERSION,
        "id": isinstance(event.id, str) and bool(_ID.fullmatch(event.id)),
        "at": _is_moment(event.at),
        "seq": type(event.seq) is int and event.seq > 0,
        "kind": event.kind in set(Kind),
        "text": all(isinstance(one, str) and len(one) <= LONGEST_TEXT for one in texts),
        "state": event.state in STATES,
        "detail": _is_detail(event.detail),
    }
    return [name for name, does_hold in holds.items() if not does_hold]


def _is_moment(text: object) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False


def _is_detail(detail: object) -> bool:
    return (
        isinstance(detail, dict)
        and len(detail) <= MOST_DETAILS
        and all(isinstance(value, str | int | float) for value in detail.values())
    )
