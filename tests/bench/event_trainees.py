"""Trainees who learn something every second, and send it until they know that it arrived."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from courses.service.events.model import MOST_EVENTS

EXERCISES, LESSONS = 5, 30
_STATES = ("wrong", "wrong", "right")
_LIMIT_S = 30.0


@dataclass
class Trainee:
    """One: what they did, what is still to be sent, and how long the answers took, in seconds."""

    name: str
    rng: random.Random
    sent: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    accepted: int = 0
    known: int = 0
    failed: int = 0

    async def learn(self, http: aiohttp.ClientSession, url: str, seconds: float) -> None:
        """Do one thing each second, each at the same point of it, and send what is not sent."""
        start = time.monotonic() + self.rng.random()
        for second in range(int(seconds)):
            await asyncio.sleep(max(0.0, start + second - time.monotonic()))
            one = event(self.rng, len(self.sent))
            self.sent.append(one)
            self.outbox.append(one)
            await self.send(http, url)

    async def send(self, http: aiohttp.ClientSession, url: str) -> None:
        """Send what waits; keep it unless the answer says what became of it."""
        going = self.outbox[:MOST_EVENTS]
        headers = {"Authorization": f"token token-{self.name}"}
        began = time.monotonic()
        try:
            async with http.post(url, json={"events": going}, headers=headers) as answer:
                said = await answer.json(content_type=None)
                done = answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            done = False
        if not done:
            self.failed += 1
            return
        self.took_s.append(time.monotonic() - began)
        assert not said["refused"], said["refused"][0]
        self.accepted += said["accepted"]
        self.known += said["known"]
        self.outbox = self.outbox[len(going) :]


def event(rng: random.Random, seq: int, course: str = "bench") -> dict[str, Any]:
    """Return something that a trainee did just now."""
    return {
        "v": 1,
        "id": uuid.UUID(int=rng.getrandbits(128), version=4).hex,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "seq": seq,
        "course": course,
        "release": "1.0.0",
        "lesson": f"lesson-{rng.randrange(LESSONS):02}",
        "kind": "exercise-attempted",
        "exercise": f"exercise-{rng.randrange(EXERCISES)}",
        "state": rng.choice(_STATES),
        "detail": {
            "check": rng.randrange(1, 4),
            "message": f"The mean is not {rng.randrange(9)}.",
            "seconds": rng.random(),
        },
    }


def session() -> aiohttp.ClientSession:
    """Return what keeps a connection for each trainee, as each session's kernel does."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
        timeout=aiohttp.ClientTimeout(total=_LIMIT_S),
    )
