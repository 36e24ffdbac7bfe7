"""The only caller of squeue: one query for every tracked job, fast while someone waits for one.

An end counts only when `Batch.outcome` confirms it. When the batch system does not answer, what was
known stays known, the next query comes later and later, and the watcher never gives up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from typing import Self

from spawners.errors import BatchError
from spawners.jobs import UNKNOWN, Batch, JobStatus

log = logging.getLogger(__name__)


class Watcher:
    """Keeps the latest status of each tracked job. Times in seconds."""

    def __init__(
        self, batch: Batch, *, fast_s: float = 0.5, slow_s: float = 15.0, longest_s: float = 60.0
    ) -> None:
        self.batch = batch
        self._fast_s, self._slow_s, self._longest_s = fast_s, slow_s, longest_s
        self._statuses: dict[str, JobStatus] = {}
        self._waiting = 0
        self._failures = 0
        self._hurry = asyncio.Event()
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

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

    def status(self, job_id: str) -> JobStatus:
        """Return what is known of the job, without asking."""
        return self._statuses.get(job_id, UNKNOWN)

    async def changes(self, job_id: str) -> AsyncIterator[JobStatus]:
        """Yield the job's status now and at each change, asking fast, until it has ended."""
        self.track(job_id)
        self._waiting += 1
        self._hurry.set()
        try:
            seen: JobStatus | None = None
            while seen is None or not seen.state.ended:
                async with self._changed:
                    while self.status(job_id) == seen:
                        await self._changed.wait()
                    seen = self.status(job_id)
                yield seen
        finally:
            self._waiting -= 1

    async def _run(self) -> None:
        while self._statuses:
            await self._look()
            self._hurry.clear()
            try:
                await asyncio.wait_for(self._hurry.wait(), self._pause_s())
            except TimeoutError:
                continue

    def _pause_s(self) -> float:
        pause = self._fast_s if self._waiting else self._slow_s
        pause = min(pause * 2.0**self._failures, self._longest_s)
        return pause * random.uniform(0.8, 1.2)  # noqa: S311  jitter, not a secret

    async def _look(self) -> None:
        tracked = [one for one, status in self._statuses.items() if not status.state.ended]
        try:
            snapshot = await self.batch.snapshot(tracked)
            found = {job_id: snapshot.of(job_id) for job_id in tracked}
            for job_id, status in found.items():
                if status.state.ended or job_id not in snapshot.jobs:
                    found[job_id] = await self.batch.outcome(job_id)
        except BatchError as error:
            self._failures = min(self._failures + 1, 10)
            log.warning("The batch system does not answer, asking again later: %s", error)
            return
        self._failures = 0
        async with self._changed:
            for job_id, status in found.items():
                # Unknown is no news: what was known before stays.
                if job_id in self._statuses and status != UNKNOWN:
                    self._statuses[job_id] = status
            self._changed.notify_all()
