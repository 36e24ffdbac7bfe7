"""RETURN: a class whose events waited on disk comes back at once when the service does."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from bench.event_senders import outbox_of
from bench.event_service import Service, running
from bench.event_trainees import session
from bench.report import percentile

from courses.learn.outbox import files_in, read
from courses.service.store import reading
from courses.service.store.engine import open_engine

PROCESSES = 2
LOOKS_EACH_S = 10
_TESTS = Path(__file__).resolve().parents[1]
_AWAY_S = 5.0
_LIMIT_S = 300.0


@dataclass(frozen=True)
class Return:
    """What became of a class's backlog. Times in seconds."""

    database: str
    waiting: int
    lost: int
    twice: int
    back_s: float
    """From when the service answers until it has the last event."""
    again: int
    """Requests that it did not take after it was back: they were sent again."""
    page_s: list[float]
    broken: int
    """Pages that did not come as they should."""

    def page_ms(self, share: float) -> float:
        return percentile(self.page_s, share) * 1000


async def measure(name: str, database: str, folder: Path, people: int, events: int) -> Return:
    """Fill the outboxes while the service is away; start it; compare outboxes and store."""
    names = [f"trainee{n:03}" for n in range(people)]
    async with running(database, folder) as (service, _):
        await service.kill()
        senders = await asyncio.gather(
            *(_senders(folder, service.url, names[n::PROCESSES], events) for n in range(PROCESSES))
        )
        try:
            await asyncio.sleep(_AWAY_S)  # all have tried, and pause as their own code says
            await service.start()
            back = time.time()
            said, looks = await _until_all_is_sent(senders, service, names)
        finally:
            for one in senders:
                if one.returncode is None:
                    one.kill()
                await one.wait()
    lost, twice, waiting = _compare(database, folder, names)
    return Return(
        database=name,
        waiting=waiting,
        lost=lost,
        twice=twice,
        back_s=max(one["last"] for one in said) - back,
        again=sum(at > back for one in said for at, _ in one["tries"]),
        page_s=[took for took, _ in looks],
        broken=sum(not good for _, good in looks),
    )


async def _senders(
    folder: Path, url: str, names: list[str], events: int
) -> asyncio.subprocess.Process:
    """Start the senders of so many trainees; return once their events wait on disk."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.event_senders", str(folder), url, str(events), *names),
        cwd=_TESTS,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    assert started.stdout is not None
    assert await started.stdout.readline() == b"waiting\n"
    return started


async def _until_all_is_sent(
    senders: list[asyncio.subprocess.Process], service: Service, names: list[str]
) -> tuple[list[dict], list[tuple[float, bool]]]:
    """Return what the senders say at their end, and each look at a page meanwhile."""
    looking = asyncio.create_task(_look(service, names))
    async with asyncio.timeout(_LIMIT_S):
        said = await asyncio.gather(*(one.stdout.readline() for one in senders if one.stdout))
    looking.cancel()
    looks = await looking
    return [json.loads(one) for one in said], looks


async def _look(service: Service, names: list[str]) -> list[tuple[float, bool]]:
    """Have one trainee after the other open their own page, until cancelled.

    At set times, and not when the last one has its page: a slow page must not spare the service.
    """
    url = service.url.replace("api/events", "learning")
    looks: set[asyncio.Task[tuple[float, bool]]] = set()
    async with session() as http:
        try:
            for name in itertools.cycle(names):
                looks.add(asyncio.create_task(_open(http, url, name)))
                await asyncio.sleep(1 / LOOKS_EACH_S)
        except asyncio.CancelledError:
            return list(await asyncio.gather(*looks))
    raise AssertionError("names never end")


async def _open(http: aiohttp.ClientSession, url: str, name: str) -> tuple[float, bool]:
    began = time.monotonic()
    try:
        headers = {"Authorization": f"token page-{name}"}
        async with http.get(url, headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
            good = answer.status == 200 and "<html" in text
    except (aiohttp.ClientError, OSError, TimeoutError):
        good = False
    return time.monotonic() - began, good


def _compare(database: str, folder: Path, names: list[str]) -> tuple[int, int, int]:
    """Return how many events are lost, how many are there twice, and how many there were."""
    engine = open_engine(database)
    stored = Counter(one.id for page in reading.events(engine) for one in page)
    engine.dispose()
    outboxes = [outbox_of(folder, name) for name in names]
    assert all(files_in(one) for one in outboxes)
    written = {event.id for one in outboxes for event in read(one)[0]}
    twice = sum(stored.values()) - len(stored) + len(stored.keys() - written)
    return len(written - stored.keys()), twice, len(written)
