"""What new events change in the summaries: rows to merge into what is there. Pure.

Events arrive late and in any order: what came first or last is told by the time they have.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from courses.service.events.model import Event, Kind

Row = dict[str, Any]
Own = tuple[int, Event]
"""An event, with the number of the user whose it is."""


def exercise_rows(own: Iterable[Own]) -> list[Row]:
    """Return a row for each exercise that the events speak of, in the order of the table's key."""
    rows: dict[tuple[str, int, str, str], Row] = {}
    for user_id, event in _by_time(own):
        if event.exercise:
            key = (event.course, user_id, event.lesson, event.exercise)
            _add_to_exercise(rows.setdefault(key, _new_exercise(key)), event)
    return [rows[key] for key in sorted(rows)]


def lesson_rows(own: Iterable[Own]) -> list[Row]:
    """Return a row for each lesson that the events speak of, in the order of the table's key."""
    rows: dict[tuple[str, int, str], Row] = {}
    for user_id, event in _by_time(own):
        key = (event.course, user_id, event.lesson)
        row = rows.setdefault(key, _new_lesson(key, event.at_ms))
        row["opened"] += event.kind is Kind.OPENED
        row["last_ms"] = event.at_ms
    return [rows[key] for key in sorted(rows)]


def _by_time(own: Iterable[Own]) -> list[Own]:
    return sorted(own, key=lambda one: (one[1].at_ms, one[1].seq))


def _new_lesson(key: tuple[str, int, str], at_ms: int) -> Row:
    names = dict(zip(("course", "user_id", "lesson"), key, strict=True))
    return {**names, "opened": 0, "first_ms": at_ms, "last_ms": at_ms}


def _new_exercise(key: tuple[str, int, str, str]) -> Row:
    names = dict(zip(("course", "user_id", "lesson", "exercise"), key, strict=True))
    counts = dict.fromkeys(("attempts", "hints", "solutions"), 0)
    times = dict.fromkeys(("first_try_ms", "first_right_ms", "last_ms", "state_ms", "wrong_ms"))
    told = {
        **dict.fromkeys(("last_state", "last_message", "wrong_message"), ""),
        "wrong_check": None,
    }
    return {**names, **counts, **times, **told}


def _add_to_exercise(row: Row, event: Event) -> None:
    """Add an event that is later than those in the row."""
    row["attempts"] += event.is_try
    row["hints"] += event.kind is Kind.HINT
    row["solutions"] += event.kind is Kind.SOLUTION
    row["last_ms"] = event.at_ms
    if event.is_try and row["first_try_ms"] is None:
        row["first_try_ms"] = event.at_ms
    if event.state == "right" and row["first_right_ms"] is None:
        row["first_right_ms"] = event.at_ms
    if event.state:
        row |= {
            "state_ms": event.at_ms,
            "last_state": event.state,
            "last_message": event.message,
        }
    if event.state == "wrong":
        row |= {
            "wrong_ms": event.at_ms,
            "wrong_message": event.message,
            "wrong_check": event.failed_check,
        }
