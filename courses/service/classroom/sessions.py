"""Who has a session now, or waits for one: the hub is asked once for all who look."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from courses.service.hub import HubClient, HubError
from courses.service.session import timestamp

log = logging.getLogger(__name__)

AGE_S = 4.0
"""How old an answer may be before the hub is asked again."""
PATIENCE_S = 2.0
"""How long a page waits for it, before it goes on without."""


class Where(StrEnum):
    """Where somebody is."""

    IN_SESSION = "in session"
    WAITING = "waiting"


@dataclass(frozen=True)
class SessionNow:
    """One person's session. `since` is when it was asked for, in Unix seconds, where that is known.

    `course` is the one that it was started for; the same session may open another's lessons.
    """

    where: Where
    since: float | None = None
    course: str = ""


SessionsByName = Mapping[str, SessionNow]


class SessionsNow:
    """Asks the hub with the course pages' own token, which may read who has a server."""

    def __init__(self, hub: HubClient, token: str) -> None:
        self._hub, self._token = hub, token
        self._asked_at = 0.0
        self._answer: asyncio.Task[SessionsByName | None] | None = None

    async def look(self) -> SessionsByName | None:
        """Return each person's session, at most a few seconds old; None where the hub is away."""
        if self._answer is None or self._is_old:
            self._asked_at = time.monotonic()
            self._answer = asyncio.create_task(self._ask())
        try:
            return await asyncio.wait_for(asyncio.shield(self._answer), PATIENCE_S)
        except TimeoutError:
            return None

    @property
    def _is_old(self) -> bool:
        answered = self._answer is not None and self._answer.done()
        return answered and time.monotonic() - self._asked_at > AGE_S

    async def _ask(self) -> SessionsByName | None:
        try:
            return read(await self._hub.sessions(self._token))
        except (HubError, ValueError) as error:
            log.info("Who has a session is not known: %s", error)
            return None


def read(servers: Mapping[str, Mapping[str, Any]]) -> SessionsByName:
    """Read the hub's models of sessions that are active or pending, by their users."""
    return {name: _session(one) for name, one in servers.items() if not _is_over(one)}


def _is_over(server: Mapping[str, Any]) -> bool:
    return bool(server.get("stopped")) or server.get("pending") == "stop"


def _session(server: Mapping[str, Any]) -> SessionNow:
    return SessionNow(
        where=Where.IN_SESSION if server.get("ready") else Where.WAITING,
        since=timestamp(server.get("started")),
        course=str((server.get("user_options") or {}).get("course", "")),
    )
