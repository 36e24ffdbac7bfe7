"""What leaves the learning store: a person's own data, and xAPI statements. Pure.

xAPI 1.0.3 (Experience API, ADL): an actor by a pseudonymous account, a verb, an object, a result.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from courses.service.events.model import Kind
from courses.service.store.reading import Own, Stored

_ADL = "http://adlnet.gov/expapi/"
_VERBS = {
    Kind.OPENED: ("launched", f"{_ADL}verbs/launched"),
    Kind.ATTEMPTED: ("attempted", f"{_ADL}verbs/attempted"),
    Kind.QUIZ: ("answered", f"{_ADL}verbs/answered"),
    Kind.HINT: ("requested", "https://w3id.org/xapi/dod-isd/verbs/requested"),
    Kind.SOLUTION: ("experienced", f"{_ADL}verbs/experienced"),
}
_TYPES = {
    Kind.OPENED: f"{_ADL}activities/lesson",
    Kind.QUIZ: f"{_ADL}activities/question",
}
_EXERCISE = f"{_ADL}activities/assessment"


def own_data(name: str, own: Own, events: Iterable[Stored], now_ms: int) -> dict[str, Any]:
    """Return everything that is stored of a person, as they may take it with them."""
    return {
        "person": name,
        "pseudonym": own.pseudonym,
        "exported_at": moment(now_ms),
        "events": [_event(one) for one in events],
        "lessons": [_times(asdict(one)) for one in own.lessons],
        "exercises": [_times(asdict(one)) for one in own.exercises],
    }


def _event(one: Stored) -> dict[str, Any]:
    names = ("id", "seq", "course", "release", "lesson", "kind", "exercise", "state", "detail")
    known = {name: getattr(one, name) for name in names}
    return {**known, "at": moment(one.at_ms), "received_at": moment(one.received_ms)}


def _times(row: dict[str, Any]) -> dict[str, Any]:
    return {
        (f"{name[:-3]}_at" if name.endswith("_ms") else name): (
            moment(value) if name.endswith("_ms") and value is not None else value
        )
        for name, value in row.items()
    }


def moment(at_ms: int) -> str:
    """Write a time as ISO 8601 in UTC, to the millisecond."""
    at = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def statement(one: Stored, home: str) -> dict[str, Any]:
    """Return an event as an xAPI statement. `home` is the address of the course pages, with a /."""
    kind = Kind(one.kind)
    verb, verb_id = _VERBS[kind]
    said: dict[str, Any] = {
        "id": str(uuid.UUID(hex=one.id)),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": home, "name": one.pseudonym},
        },
        "verb": {"id": verb_id, "display": {"en": verb}},
        "object": _object(one, kind, home),
        "timestamp": moment(one.at_ms),
        "stored": moment(one.received_ms),
        "context": {"contextActivities": {"grouping": [_activity(f"{home}courses/{one.course}")]}},
        "version": "1.0.3",
    }
    if one.state in ("right", "wrong"):
        said["result"] = {"success": one.state == "right"}
    return said


def _object(one: Stored, kind: Kind, home: str) -> dict[str, Any]:
    lesson = f"{home}courses/{one.course}/{one.lesson}"
    place = f"{lesson}#{quote(one.exercise)}" if one.exercise else lesson
    return {**_activity(place), "definition": {"type": _TYPES.get(kind, _EXERCISE)}}


def _activity(place: str) -> dict[str, Any]:
    return {"objectType": "Activity", "id": place}
