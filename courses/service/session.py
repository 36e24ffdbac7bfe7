"""Where a trainee's session stands: the hub's user model and its `Standing`, put together. Pure.

The user model says whether there is a server, and where; the standing says how it got there, or why
it did not. An older hub has no standing: then JupyterHub's own words must do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from spawners.explain import Explanation, explain
from spawners.machine import Machine, SessionSize
from spawners.standing import Cause, Phase, Standing
from spawners.words import Words, later

# Percentages that the spawner reports: below, the scheduler has not given the session its place.
_STARTING = 50
# "Spawn failed: 400 SpawnException(reason=batcherror): what went wrong"
_WRAPPING = re.compile(r"^Spawn failed:? *(\d{3} \w+(\([^)]*\))?: *)?")


class State(StrEnum):
    """Where a trainee's session stands, as pages tell it apart."""

    NONE = "none"
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    ENDED = "ended"
    STOPPING = "stopping"
    AWAY = "away"
    """The hub does not answer: nobody can say."""

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self in (State.NONE, State.FAILED, State.ENDED)


_PHASES = {
    Phase.NONE: State.NONE,
    Phase.QUEUED: State.WAITING,
    Phase.STARTING: State.STARTING,
    Phase.READY: State.READY,
    Phase.ENDING: State.STOPPING,
    Phase.FAILED: State.FAILED,
    Phase.ENDED: State.ENDED,
}
# JupyterHub speaks of servers.
_HUB_WORDS = {
    "": later("Your session is on its way."),
    "Server requested": later("Your session has been asked for."),
    "Spawning server...": later("Your session is starting."),
}
_PLAIN = {
    State.NONE: later("No session is starting."),
    State.WAITING: later("Your session is on its way."),
    State.STARTING: later("Your session is starting."),
    State.READY: later("Your session is ready. Opening the lesson …"),
    State.STOPPING: later("Your last session is still ending."),
    State.AWAY: later("The hub does not answer just now. Asking again …"),
}
_PLAIN_HEADINGS = {
    State.NONE: later("You have no session"),
    State.STARTING: later("Your session is starting"),
    State.FAILED: later("Your session did not start"),
    State.STOPPING: later("Your session is ending"),
}


@dataclass(frozen=True)
class Session:
    """The trainee's session. Times in Unix seconds; `url` is a path on this host."""

    state: State = State.NONE
    url: str = ""
    size: SessionSize | None = None
    started_at: float | None = None
    course: str = ""
    lesson: str = ""
    deadline: float | None = None
    standing: Standing | None = None


@dataclass(frozen=True)
class Step:
    """One step on the way to a session, in words."""

    state: State
    said: Explanation

    def as_json(self) -> dict[str, Any]:
        """Return what the waiting page's script reads."""
        said = self.said.model_dump(include={"heading", "message", "hint", "note"})
        facts = [[fact.name, fact.value] for fact in self.said.facts]
        return {"state": self.state.value, **said, "facts": facts}


def read_standing(raw: object) -> Standing | None:
    """Read what the hub says of a session; None if it says it in no way that we know."""
    try:
        return Standing.model_validate(raw)
    except ValidationError:
        return None


def session(user: Mapping[str, Any], standing: Standing | None, machine: Machine) -> Session:
    """Put together what the hub's user model and the session's standing say."""
    server = (user.get("servers") or {}).get("")
    if not server or server.get("stopped"):
        return _without_server(standing, machine)
    options = server.get("user_options") or {}
    # Without a size in its options a session has the machine's first (`spawners.request.parse`).
    size = str(options.get("size") or machine.sizes[0].name)
    return Session(
        state=_state(server, standing),
        url=str(server.get("url") or ""),
        size=machine.size(size),
        started_at=(standing.asked_at if standing else None) or timestamp(server.get("started")),
        course=str(options.get("course", "")),
        lesson=str(options.get("lesson", "")),
        deadline=standing.deadline if standing else None,
        standing=standing,
    )


def _without_server(standing: Standing | None, machine: Machine) -> Session:
    # A trainee who ended it knows that, and why.
    if standing is None or standing.end is None or standing.end.cause is Cause.STOPPED:
        return Session()
    state = _PHASES[standing.phase]
    if state not in (State.FAILED, State.ENDED):
        return Session()
    return Session(
        state=state,
        size=machine.size(standing.size),
        course=standing.course,
        lesson=standing.lesson,
        standing=standing,
    )


def _state(server: Mapping[str, Any], standing: Standing | None) -> State:
    # Only the hub knows whether its proxy leads there already, and whether it is done with an end.
    if server.get("ready"):
        return State.READY
    if server.get("pending") == "stop":
        return State.STOPPING
    starting = standing is not None and standing.phase in (Phase.STARTING, Phase.READY)
    return State.STARTING if starting else State.WAITING


def step(session: Session, words: Words, now: float) -> Step:
    """Say where a session stands."""
    standing = session.standing
    if standing is None or _PHASES[standing.phase] is not session.state:
        return plain(session.state, words)
    return Step(session.state, explain(standing, words, now))


def plain(state: State, words: Words, message: str = "") -> Step:
    """Say a state with nothing else to go by, or with what the hub said of it."""
    heading = _PLAIN_HEADINGS.get(state, later("Your session is on its way"))
    text = message or words.gettext(_PLAIN.get(state, later("It is not known why.")))
    return Step(state, Explanation(heading=words.gettext(heading), message=text))


def progress(event: Mapping[str, Any], words: Words, now: float) -> Step:
    """Put one of the hub's progress events into words."""
    if event.get("ready"):
        return plain(State.READY, words)
    standing = read_standing(event.get("standing"))
    if event.get("failed"):
        if standing is not None and standing.end is not None:
            return Step(State.FAILED, explain(standing, words, now))
        return plain(State.FAILED, words, _failure(str(event.get("message") or ""), words))
    if standing is not None and standing.phase in (Phase.QUEUED, Phase.STARTING):
        return Step(_PHASES[standing.phase], explain(standing, words, now))
    percent = event.get("progress")
    starting = isinstance(percent, int) and percent >= _STARTING
    message = str(event.get("message") or "")
    said = words.gettext(_HUB_WORDS.get(message, message))
    return plain(State.STARTING if starting else State.WAITING, words, said)


def _failure(message: str, words: Words) -> str:
    """Say why a start failed, without JupyterHub's own wrapping."""
    reason = _WRAPPING.sub("", message).strip()
    if reason == "Spawn cancelled":
        return words.gettext("The start was cancelled.")
    return words.gettext(reason or "It is not known why.")


def failed_since(session: Session, moment: float) -> bool:
    """Whether the session failed after that moment, in Unix seconds; clocks of one machine."""
    end = session.standing.end if session.standing else None
    return session.state is State.FAILED and end is not None and end.at >= moment - 1


def ending(session: Session) -> Session:
    """Return the session as one whose end was asked for."""
    return replace(session, state=State.STOPPING, standing=None)


def timestamp(moment: object) -> float | None:
    """Read when something was, as the hub writes it, into Unix seconds; None if it does not say."""
    try:
        return datetime.fromisoformat(str(moment)).timestamp()
    except ValueError:
        return None
