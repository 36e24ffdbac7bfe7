"""Moments, written in one way: ISO 8601 in UTC, with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now_text() -> str:
    """Return this moment, such as 2030-01-01T12:00:00.000Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def for_people(moment: str) -> str:
    """Return a moment in this computer's time zone, such as 2030-01-01 13:00; nothing for none."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return ""
