"""The only caller of squeue: one query for every tracked job, fast while someone waits for one.

An end counts only when `Batch.outcome` confirms it. When the batch system does not answer, what was
known stays known, the next query comes later and later, and the watcher never gives up.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Mapping
from typing import Self

from spawners.errors import OnboardError
from spawners.jobs import UNKNOWN, Batch, JobState, JobStatus, QueueSpot, Sighting, Snapshot
from spawners.metrics import SNAPSHOT_AGE
from spawners.pace import Pace

log = logging.getLogger(__name__)

QUEUE_EVERY_S = 15.0
"""How often the whole queue is asked for, while a tracked job waits in it."""
_CONFIRM_AT_ONCE = 4


class Watcher:
    """Keeps the latest status of each tracked job. Times in seconds."""

    def __init__(self, batch: Batch, pace: Pace | None = None) -> None:
        self.batch = batch
        self._pace = pace or Pace()
        self._statuses: dict[str, JobStatus] = {}
        self._spots: Mapping[str, QueueSpot] = {}
        self._spots_at: float | None = None
        self._answer: Snapshot | None = None
        self._waiting = 0
        self._hurry = asyncio.Event()
        # One for each job that somebody waits for: a class of 200 is not woken for each of its own.
        self._news: dict[str, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None
        SNAPSHOT_AGE.set_function(lambda: math.nan if self.age_s is None else self.age_s)

    def __deepcopy__(self, _memo: dict[int, object]) -> Self:
        # traitlets copies what is configured, for each spawner; but the watcher is one for all.
        return self

    def track(self, job_id: str) -> None:
        """Include the job in every query from now on."""
        self._statuses.setdefault(job_id, UNKNOWN)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def forget(self, job_id: str) -> None:
        """Leave the job out of every query from now on."""
        self._statuses.pop(job_id, None)
        if job_id in self._news:
            self._news.pop(job_id).set()

    async def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    def hurry(self) -> None:
        """Ask soon: there is news that only the scheduler can complete."""
        self._hurry.set()

    def status(self, job_id: str) -> JobStatus:
        """Return what is known of the job, without asking."""
        return self._statuses.get(job_id, UNKNOWN)

    def sighting(self, job_id: str) -> Sighting:
        """Return what is known of the job and its place in the queue, without asking."""
        status = self.status(job_id)
        pending = status.state is JobState.PENDING
        return Sighting(
            status=status,
            spot=self._spots.get(job_id) if pending else None,
            answered=not self._pace.failures,
        )

    @property
    def age_s(self) -> float | None:
        """Seconds since the scheduler last answered; None before the first time."""
        return None if self._answer is None else self._answer.age_s

    async def changes(self, job_id: str) -> AsyncIterator[Sighting]:
        """Yield what is known of the job now and at each change, asking fast, until its end."""
        self.track(job_id)
        self._waiting += 1
        self.hurry()
        try:
            seen: Sighting | None = None
            while seen is None or not seen.status.state.ended:
                news = self._news.setdefault(job_id, asyncio.Event())
                now = self.sighting(job_id)
                if now == seen:
                    await news.wait()
                    continue
                seen = now
                yield seen
        finally:
            self._waiting -= 1

    async def _run(self) -> None:
        while self._statuses:
            try:
                await asyncio.wait_for(
                    self._hurry.wait(), self._pace.pause_s(waiting=bool(self._waiting))
                )
                # What else comes in meanwhile is answered by the same question.
                await asyncio.sleep(self._pace.gap_s(time.monotonic()))
            except TimeoutError:
                pass
            self._hurry.clear()
            await self._look()

    async def _look(self) -> None:
        tracked = [one for one, status in self._statuses.items() if not status.state.ended]
        before = {job_id: self.sighting(job_id) for job_id in tracked}
        try:
            found = await self._ask(tracked)
        except OnboardError as error:
            self._pace.asked(time.monotonic(), answered=False)
            log.warning("The batch system does not answer, asking again later: %s", error)
            found = {}
        except Exception:
            # Whoever waits has nobody else: what went wrong here must not be the last look.
            self._pace.asked(time.monotonic(), answered=False)
            log.exception("The batch system's answer could not be taken, asking again later")
            found = {}
        else:
            self._pace.asked(time.monotonic(), answered=True)
        for job_id, status in found.items():
            # Unknown is no news: what was known before stays.
            if job_id in self._statuses and status != UNKNOWN:
                self._statuses[job_id] = status
        for job_id, was in before.items():
            if job_id in self._news and self.sighting(job_id) != was:
                self._news.pop(job_id).set()

    async def _ask(self, tracked: list[str]) -> dict[str, JobStatus]:
        snapshot = self._answer = await self.batch.snapshot(tracked)
        found = {job_id: snapshot.of(job_id) for job_id in tracked}
        over = [one for one in tracked if found[one].state.ended or one not in snapshot.jobs]
        confirmed = await self._confirm({one: found[one] for one in over})
        if any(status.state is JobState.PENDING for status in found.values()):
            await self._ask_for_the_queue()
        return {**found, **confirmed}

    async def _confirm(self, over: Mapping[str, JobStatus]) -> dict[str, JobStatus]:
        few = asyncio.Semaphore(_CONFIRM_AT_ONCE)

        async def outcome(job_id: str, seen: JobStatus) -> JobStatus:
            try:
                async with few:
                    confirmed = await self.batch.outcome(job_id)
            except OnboardError as error:
                # One job's end is asked for again; what the others do is news all the same.
                log.warning("How job %s ended is not known yet: %s", job_id, error)
                return UNKNOWN
            # Forgotten between two questions: how it ended was told by the first.
            forgotten = confirmed.state is JobState.GONE and seen.state.ended
            return seen if forgotten else confirmed

        outcomes = await asyncio.gather(*(outcome(*one) for one in over.items()))
        return dict(zip(over, outcomes, strict=True))

    async def _ask_for_the_queue(self) -> None:
        now = time.monotonic()
        if self._spots_at is not None and now - self._spots_at < QUEUE_EVERY_S:
            return
        self._spots_at = now
        try:
            self._spots = await self.batch.queue()
        except OnboardError as error:
            # A long queue may take too long to list; a session begins without its place in it.
            log.warning("The queue is not known just now: %s", error)
            self._spots = {}
