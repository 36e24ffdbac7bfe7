"""How long this session still runs, from the two files that its job and its server write.

$ONBOARD_SESSION_FILE names the first; the second lies beside it and tells how things stand. Both
may be missing, or half written: then nothing is said. Times are seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from courses.learn.gpus import Gpu
from courses.learn.words import say

_VARIABLE = "ONBOARD_SESSION_FILE"
# The server writes every 30 s: what is older was left behind by one that is gone.
_FRESH_S = 120.0
_SOON_S = 600.0


@dataclass(frozen=True)
class Remaining:
    """What is left of the session."""

    ends_at: datetime | None
    """None where nobody said."""
    gpus: tuple[Gpu, ...] = ()
    """The session's GPUs as its server saw them last."""
    warning: str = ""
    """A sentence, where the session will be ended before its time."""
    note: str = ""
    """What the class that the trainee is in was told last."""

    def left_s(self, now: datetime) -> float | None:
        """Return the seconds until the end, never less than 0, or None if unknown."""
        return None if self.ends_at is None else max(0.0, (self.ends_at - now).total_seconds())

    def sentence(self, now: datetime) -> str:
        """Say how long it still is, with a warning where that is near; nothing if unknown."""
        left_s = self.left_s(now)
        if left_s is None:
            return self.warning
        left = say("Time left: {duration}.", duration=_duration(left_s))
        save = say("Save your work: it ends soon.") if left_s <= _SOON_S else ""
        return " ".join(one for one in (left, save, self.warning) if one)


def read_remaining(env: Mapping[str, str], ends_at: datetime | None = None) -> Remaining:
    """Read the files; `ends_at` is what the scheduler's own variables say, and counts first."""
    path = Path(env.get(_VARIABLE, ""))
    facts = _read(path)
    status = _read(path.with_suffix(".status.json")) if path.name else {}
    status = status if _is_fresh(status) else {}
    # A class may end before the time of its sessions is up.
    known = (ends_at or _moment(facts.get("deadline")), _moment(status.get("deadline")))
    return Remaining(
        ends_at=min((one for one in known if one is not None), default=None),
        note=_note(status),
        **(_of_status(status) if status else {}),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_fresh(status: Mapping[str, Any]) -> bool:
    at = _moment(status.get("at"))
    return at is not None and abs((datetime.now(UTC) - at).total_seconds()) < _FRESH_S


def _of_status(status: Mapping[str, Any]) -> dict[str, Any]:
    try:
        gpus = tuple(
            Gpu(
                index=str(one["index"]),
                uuid="",
                name=str(one["name"]),
                memory_mib=int(one["memory_mib"]),
                memory_used_mib=int(one["memory_used_mib"]),
                busy_percent=one["busy_percent"],
            )
            for one in status["gpus"]
        )
        reason = str((status["warning"] or {}).get("reason"))
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    return {"gpus": gpus, "warning": _warning(reason)}


def _note(status: Mapping[str, Any]) -> str:
    try:
        return str(status["notes"][-1]["text"])
    except (KeyError, IndexError, TypeError):
        return ""


def _warning(reason: str) -> str:
    return {
        "idle": say("Nothing has been done here for a while: the session will be ended."),
        "gpu idle": say("The GPU has done nothing for a while: the session will be ended."),
    }.get(reason, "")


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min" if minutes else say("less than a minute")
