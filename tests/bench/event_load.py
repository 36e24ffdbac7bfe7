"""LOAD: a class that sends an event each second through the real service, which is killed once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil
from bench.event_service import Service, running
from bench.event_trainees import Trainee, session
from bench.report import percentile

from courses.service.store import reading
from courses.service.store.engine import open_engine

_FLUSH_TRIES = 60


@dataclass(frozen=True)
class Load:
    """What became of a class's events. Times in seconds."""

    database: str
    sent: int
    lost: int
    twice: int
    uncounted: int
    """Tries that the summaries have too few, or too many."""
    known: int
    failed: int
    seconds: float
    took_s: list[float]
    cpu_s: float

    def took_ms(self, share: float) -> float:
        return percentile(self.took_s, share) * 1000


async def measure(name: str, database: str, folder: Path, people: int, seconds: float) -> Load:
    """Let them learn; kill the service in the middle; compare what they sent with the store."""
    trainees = [Trainee(f"trainee{n:03}", random.Random(n)) for n in range(people)]
    async with running(database, folder) as (service, _), session() as http:
        learning = asyncio.gather(*(one.learn(http, service.url, seconds) for one in trainees))
        cpu_s = await _killed_in_the_middle(service, seconds)
        await learning
        for _ in range(_FLUSH_TRIES):
            late = [one for one in trainees if one.outbox]
            await asyncio.gather(*(one.send(http, service.url) for one in late))
            if not late:
                break
            await asyncio.sleep(0.5)
    return _compare(name, database, trainees, seconds, cpu_s)


async def _killed_in_the_middle(service: Service, seconds: float) -> float:
    """Return the CPU seconds that the service took until then."""
    await asyncio.sleep(seconds / 2)
    assert service.process is not None
    used = psutil.Process(service.process.pid).cpu_times()
    await service.kill()
    await asyncio.sleep(1)
    await service.start()
    return used.user + used.system


def _compare(
    name: str, database: str, trainees: list[Trainee], seconds: float, cpu_s: float
) -> Load:
    engine = open_engine(database)
    stored = Counter(one.id for page in reading.events(engine) for one in page)
    counted = sum(
        row.attempts for one in trainees for row in reading.own(engine, one.name).exercises
    )
    engine.dispose()
    sent = [event["id"] for one in trainees for event in one.sent]
    return Load(
        database=name,
        sent=len(sent),
        lost=len(set(sent) - set(stored)),
        twice=sum(stored.values()) - len(stored) + len(set(stored) - set(sent)),
        uncounted=abs(len(sent) - counted),
        known=sum(one.known for one in trainees),
        failed=sum(one.failed for one in trainees),
        seconds=seconds,
        took_s=[took for one in trainees for took in one.took_s],
        cpu_s=cpu_s,
    )
