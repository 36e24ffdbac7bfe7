"""POST api/events: a session brings what was learned, with its own token."""

from __future__ import annotations

import asyncio
import json
import math
import time
from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError, stream_request_body

from courses.service.events.model import MOST_BYTES, MOST_EVENTS, judge
from courses.service.events.writer import StoreAway, StoreFull
from courses.service.learning.settings import EVENTS_SCOPE
from courses.service.look import SIGN_IN_S, Look
from courses.service.store.store import Outcome, Posted
from spawners.errors import OnboardError

_AGAIN_S = 2
"""Soon: the hub that is asked for whom a token is may come back at any moment."""


@stream_request_body
class Events(Look):
    """Takes events. Known by a token alone, never by a cookie: no page can send any."""

    def check_xsrf_cookie(self) -> None:
        """Ask for none: what a browser adds by itself has no say here."""

    async def prepare(self) -> None:
        """Find out whose events these are, before any of them is read."""
        self._body, self._length = bytearray(), 0
        if self.request.method == "POST":
            self.user = await self._user()

    def data_received(self, chunk: bytes) -> None:
        """Read on, but keep no more than may be sent."""
        self._length += len(chunk)
        if self._length <= MOST_BYTES:
            self._body += chunk

    async def post(self) -> None:
        """Store the events, and say what became of them, once they are on the disk."""
        learning = self.pages.learning
        raw = self._events()
        wait_s = learning.allowance.take(self.user, len(raw), time.monotonic())
        if wait_s > 0:
            raise _too_many(f"{self.user} sends more than a person can do.", math.ceil(wait_s))
        judged = judge(raw, now_ms=int(time.time() * 1000), oldest_ms=learning.oldest_ms)
        try:
            done = await learning.writer.write(Posted(self.user, judged.events))
        except StoreFull as error:
            raise _too_many(error.message, 1) from error
        refused = (*judged.refused, *done.refused)
        self._answer(Outcome(done.accepted, done.known, refused))

    async def _user(self) -> str:
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind.lower() not in ("token", "bearer") or not token.strip():
            raise HTTPError(401, "Send the session's token.")
        try:
            async with asyncio.timeout(SIGN_IN_S):
                user = await HubOAuth.instance().user_for_token(token.strip(), sync=False)
        except (HTTPError, TimeoutError) as error:
            raise StoreAway("The hub does not say whose token this is.") from error
        if not user:
            raise HTTPError(401, "The hub does not know this token.")
        if user.get("kind") != "user" or EVENTS_SCOPE not in user.get("scopes", ()):
            raise HTTPError(403, "This token may not send events.")
        return str(user["name"])

    def _events(self) -> list[Any]:
        if self._length > MOST_BYTES:
            raise HTTPError(413, f"A request has at most {MOST_BYTES} bytes.")
        try:
            raw = json.loads(self._body)
        except (ValueError, RecursionError):
            raise HTTPError(400, "The body is no JSON.") from None
        found = raw.get("events") if isinstance(raw, dict) else raw
        if not isinstance(found, list):
            raise HTTPError(400, "The body is a list of events.")
        if len(found) > MOST_EVENTS:
            raise HTTPError(413, f"A request has at most {MOST_EVENTS} events.")
        return found

    def _answer(self, done: Outcome) -> None:
        refused = [{"id": one.id, "why": one.why} for one in done.refused]
        self.finish({"accepted": done.accepted, "known": done.known, "refused": refused})

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """Say what went wrong to a program."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = getattr(error, "log_message", None) or self._reason
        if isinstance(error, OnboardError):
            status_code, message = 503, error.message
        self.set_status(status_code)
        if status_code in (429, 503):
            self.set_header("Retry-After", str(getattr(error, "again_s", _AGAIN_S)))
        self.finish({"message": message})


class _TooMany(HTTPError):
    def __init__(self, message: str, again_s: int) -> None:
        super().__init__(429, message.replace("%", "%%"))
        self.again_s = again_s


def _too_many(message: str, again_s: int) -> HTTPError:
    return _TooMany(message, again_s)
