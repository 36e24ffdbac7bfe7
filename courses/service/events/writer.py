"""One writer for the whole service: requests that come together share a transaction.

A transaction costs as much as dozens of events: under load there are few, with many in each. Who
comes after a pause waits for nobody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from courses.service.store.store import Outcome, Posted, Store
from spawners.errors import OnboardError
from spawners.words import later

log = logging.getLogger(__name__)
T = TypeVar("T")

AGAIN = later("Try again in a minute.")
REST_S = 0.02
"""From the beginning of one transaction to the next, at least: meanwhile the group gathers."""
MOST_WAITING = 4_000
"""How many events may wait for the writer; more are asked to come again.

Few enough to be written within the time limit of who sends them: who gives up sends them again, and
the service would be busy with what nobody waits for.
"""
MOST_TOGETHER = 2_000
"""How many events, at most, one transaction writes (and one request more)."""


class StoreFull(OnboardError):
    """More events wait than the service holds: nothing was taken, send them again later."""


class StoreAway(OnboardError):
    """The database does not take anything just now: nothing was taken, send it again later."""


@dataclass(frozen=True)
class _Waiting:
    posted: Posted
    answer: asyncio.Future[Outcome] = field(default_factory=asyncio.Future)

    @property
    def size(self) -> int:
        return len(self.posted.events)


class Writer:
    """Writes into a store from a thread of its own, in the order in which requests came.

    `told` is called in the event loop, with the courses of which something was stored.
    """

    def __init__(
        self,
        store: Store,
        *,
        most_waiting: int = MOST_WAITING,
        told: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        self._store, self._most_waiting, self._told = store, most_waiting, told
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="learning-store")
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what waits, and end."""
        if self._task is not None:
            await self._queue.join()
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown()

    async def write(self, posted: Posted) -> Outcome:
        """Store a request's events; returns when they are on the disk.

        Raises StoreFull or StoreAway; then none of them is stored.
        """
        one = _Waiting(posted)
        if self._waiting + one.size > self._most_waiting:
            raise StoreFull("More events wait to be stored than there is room for.")
        self._waiting += one.size
        self._queue.put_nowait(one)
        # Whoever asked may go away; what they sent is stored all the same.
        return await asyncio.shield(one.answer)

    async def run(self, deed: Callable[[], T]) -> T:
        """Do something else in the writer's thread, between two groups. Raises StoreAway."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, deed)
        except SQLAlchemyError as error:
            raise _away(error) from error

    async def _run(self) -> None:
        began_s = -REST_S
        while True:
            group = [await self._queue.get()]
            await asyncio.sleep(began_s + REST_S - time.monotonic())
            began_s = time.monotonic()
            while not self._queue.empty() and sum(one.size for one in group) < MOST_TOGETHER:
                group.append(self._queue.get_nowait())
            await self._write(group)
            for one in group:
                self._waiting -= one.size
                self._queue.task_done()

    async def _write(self, group: list[_Waiting]) -> None:
        posted, now_ms = [one.posted for one in group], int(time.time() * 1000)
        try:
            outcomes = await self.run(lambda: self._store.append(posted, now_ms))
        except Exception as error:  # noqa: BLE001  the next group may fare better
            for one in group:
                _fail(one.answer, error)
            return
        for one, outcome in zip(group, outcomes, strict=True):
            if not one.answer.done():
                one.answer.set_result(outcome)
        news = (one for one, outcome in zip(posted, outcomes, strict=True) if outcome.accepted)
        self._told({event.course for one in news for event in one.events})


def _fail(answer: asyncio.Future[Outcome], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
        answer.exception()  # whoever asked may be gone: then nobody else looks at it


def _away(error: SQLAlchemyError) -> StoreAway:
    log.warning("The learning store: %s", getattr(error, "orig", None) or type(error).__name__)
    return StoreAway(later("What was learned cannot be stored just now."), hint=AGAIN)
