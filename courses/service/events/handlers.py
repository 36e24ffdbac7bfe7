"""POST api/events: a session brings what was learned, with its own token."""

from __future__ import annotations

import json
import math
import time
from typing import Any

from tornado.web import HTTPError, stream_request_body

from courses.service.events.from_session import FromASession
from courses.service.events.model import MOST_BYTES, MOST_EVENTS, judge
from courses.service.events.writer import StoreFull
from courses.service.store.store import Outcome, Posted


@stream_request_body
class Events(FromASession):
    """Takes events."""

    async def prepare(self) -> None:
        """Find out whose events these are, before any of them is read."""
        self._body, self._length = bytearray(), 0
        if self.request.method == "POST":
            self.user = await self.sender()

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


class _TooMany(HTTPError):
    def __init__(self, message: str, again_s: int) -> None:
        super().__init__(429, message.replace("%", "%%"))
        self.again_s = again_s


def _too_many(message: str, again_s: int) -> HTTPError:
    return _TooMany(message, again_s)
