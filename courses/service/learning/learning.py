"""What the service knows of learning: the store, its one writer, and who may see what."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from courses.service.events.limits import Allowance
from courses.service.events.news import News
from courses.service.events.writer import AGAIN, StoreAway, Writer
from courses.service.store import reading
from courses.service.store.store import Store
from spawners.errors import OnboardError
from spawners.words import later

log = logging.getLogger(__name__)
T = TypeVar("T")

OPENING_S = 3.0
"""How long a page waits for the store to be opened for the first time, after a restart."""
_AGAIN_S = 5.0
_DAY_S = 24 * 3600
LOG_AGAIN_S = 5.0
CLASS_AGE_S = 1.0
"""How often, at most, the store is asked how a class stands, while more and more is stored."""


@dataclass(frozen=True)
class _Asked:
    """A question to the store: when it was put, and of which version of the class."""

    at_s: float
    version: str
    answer: asyncio.Future[reading.OfClass]

    @property
    def failed(self) -> bool:
        answer = self.answer
        return answer.done() and (answer.cancelled() or answer.exception() is not None)


@dataclass
class Learning:
    """One site's. Times in days and seconds; `key` is the site's secret."""

    url: str
    key: bytes
    keep_days: int
    instructors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a course's id: the names of those who see its class."""
    allowance: Allowance = field(default_factory=Allowance)
    _store: Store | None = None
    _writer: Writer | None = None
    _classes: dict[str, _Asked] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tried = asyncio.Event()
        self.news = News(self.instructors)

    def start(self) -> None:
        """Open the store as soon as it can be: the course pages do not wait for it."""
        self._tasks.append(asyncio.create_task(self._open()))

    async def opened(self) -> None:
        """Wait until the store is open."""
        await asyncio.shield(self._tasks[0])

    async def stop(self) -> None:
        """Write what waits, and let go of the database."""
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._writer is not None:
            await self._writer.stop()
        if self._store is not None:
            self._store.close()

    @property
    def store(self) -> Store:
        """The store. Raises StoreAway before it is open."""
        if self._store is None:
            raise not_now()
        return self._store

    @property
    def writer(self) -> Writer:
        """Who alone writes into the store. Raises StoreAway before it is open."""
        if self._writer is None:
            raise not_now()
        return self._writer

    @property
    def oldest_ms(self) -> int:
        """Events from before are not kept, in Unix milliseconds."""
        return int((time.time() - self.keep_days * _DAY_S) * 1000)

    def instructs(self, name: str, course: str) -> bool:
        """Whether somebody may see the class of a course."""
        return name in self.instructors.get(course, ())

    def classes_of(self, name: str) -> tuple[str, ...]:
        """Return the ids of the courses whose classes somebody may see."""
        return tuple(course for course in self.instructors if self.instructs(name, course))

    async def read(self, question: Callable[[sa.Engine], T]) -> T:
        """Ask the store, from another thread. Raises StoreAway, and at once where it is away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPENING_S):
                await self._tried.wait()
        try:
            return await asyncio.to_thread(question, self.store.engine)
        except SQLAlchemyError as error:
            log.warning("The learning store: %s", getattr(error, "orig", None) or type(error))
            raise not_now() from error

    async def of_class(self, course: str) -> tuple[reading.OfClass, str]:
        """Return how a class stands, and which version of it that is; asked once for all who look.

        Where more was stored than that version has, it is at most CLASS_AGE_S old.
        """
        asked, version = self._classes.get(course), self.news.version(course)
        if asked is None or asked.failed or self._is_old(asked, version):
            question = self.read(partial(reading.of_class, course=course))
            asked = _Asked(time.monotonic(), version, asyncio.ensure_future(question))
            self._classes[course] = asked
        return await asyncio.shield(asked.answer), asked.version

    async def until_news(self, course: str, seen: str, patience_s: float) -> None:
        """Return once `of_class` has another version than the one seen, or after `patience_s`."""
        await self.news.after(course, seen, patience_s)
        asked = self._classes.get(course)
        if asked is not None and asked.version == seen != self.news.version(course):
            await asyncio.sleep(asked.at_s + CLASS_AGE_S - time.monotonic())

    def _is_old(self, asked: _Asked, version: str) -> bool:
        return asked.version != version and time.monotonic() - asked.at_s >= CLASS_AGE_S

    async def erase(self, name: str) -> None:
        """Erase all of a person's. Raises StoreAway."""
        await self.writer.run(partial(self.store.erase, name))
        self._classes.clear()
        self.news.tell_all()
        emptying = asyncio.create_task(self._empty_log())
        self._tasks.append(emptying)
        emptying.add_done_callback(self._tasks.remove)

    async def forget(self) -> None:
        """Remove what is older than the site keeps it, a little at a time."""
        more = True
        while more:  # events that came meanwhile are written in between
            more = await self.writer.run(partial(self.store.forget_before, self.oldest_ms))
        self.news.tell_all()
        # Also of what was erased just before an earlier process ended.
        await self._empty_log()

    async def _empty_log(self) -> None:
        """Have the store's files hold nothing that is gone, once nobody reads it any more."""
        while True:
            with suppress(StoreAway):
                if await self.writer.run(self.store.empty_log):
                    return
            await asyncio.sleep(LOG_AGAIN_S)

    async def _open(self) -> None:
        while self._store is None:
            try:
                self._store = await asyncio.to_thread(Store, self.url, key=self.key)
            except OnboardError as error:
                log.warning("%s", error)
                self._tried.set()
                await asyncio.sleep(_AGAIN_S)
        self._writer = Writer(self._store, told=self.news.tell)
        self._writer.start()
        self._tried.set()
        self._tasks.append(asyncio.create_task(self._forget_daily()))

    async def _forget_daily(self) -> None:
        while True:
            with suppress(StoreAway):  # it is in the log; tomorrow will do
                await self.forget()
            await asyncio.sleep(_DAY_S)


def not_now() -> StoreAway:
    """Return what to raise where the store does not answer."""
    return StoreAway(later("What was learned cannot be looked up just now."), hint=AGAIN)
