"""Keeps the sessions of classes as they should be: one loop, on what the store and the hub say.

It starts and ends sessions with the course pages' own token, and only of people on a class's
roster: a class gets into the store by an instructor of its course, or by an operator, and no other
way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from courses.service import session
from courses.service.classes import store
from courses.service.classes.board import Board, Open, word
from courses.service.classes.model import Class, Seat, SeatState
from courses.service.classes.plan import Plan, Seen, plan
from courses.service.events.writer import StoreAway
from courses.service.hub import HubClient, HubError
from courses.service.learning.learning import Learning
from spawners import seats
from spawners.words import Words, later

log = logging.getLogger(__name__)

BUSY_S = 2.0
"""Between two looks while a class is open."""
CALM_S = 5.0
_ENGLISH = Words()


@dataclass
class Keeper:
    """One site's. `token` is the course pages' own; seats are signed with a key made from it."""

    hub: HubClient
    learning: Learning
    token: str
    board: Board = field(default_factory=Board)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _silent: str = ""

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Look no more. What was begun is gone on with by the next process."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def look_soon(self) -> None:
        """Say that a class has changed; returns at once."""
        self._news.set()

    def seat(self, user: str, course: str) -> tuple[Class, str] | None:
        """Return the class in which somebody takes the course now, and the word for their seat."""
        one = self.board.place(user, course, time.time())
        return (one, word(one, user, seats.key(self.token))) if one else None

    async def came(self, user: str) -> None:
        """Keep that somebody opened their session. Costs nothing for who is in no class."""
        class_id = self.board.unopened.get(user)
        if class_id is None:
            return
        deed = partial(store.opened, self.learning.store.engine, class_id, user, time.time())
        with suppress(StoreAway):  # the next visit tells it too
            await self.learning.writer.run(deed)
            left = {name: one for name, one in self.board.unopened.items() if name != user}
            self.board = replace(self.board, unopened=left)

    async def look(self, now: float) -> None:
        """Hold what should be against what is, once. Raises StoreAway and HubError."""
        coming = await self.learning.read(store.unfinished)
        opened = [one for one in coming if one.opens_at <= now]
        found = [await self.learning.read(partial(_read, one=one)) for one in opened]
        # The hub may be away: what its sessions were a moment ago is the best that is known.
        before = {one.one.id: one.sessions for one in self.board.classes}
        self._pin(replace(one, sessions=before.get(one.one.id, frozenset())) for one in found)
        if not found:
            return
        seen = {name: _seen(one) for name, one in (await self.hub.sessions(self.token)).items()}
        self._pin(replace(one, sessions=_sessions_of(one.one, seen)) for one in found)
        for one in found:
            await self._work(one, seen, now)

    def _pin(self, found: Iterable[Open]) -> None:
        shown = tuple(found)
        unopened = {
            seat.user: one.one.id
            for one in shown
            for seat in one.seats.values()
            if seat.opened_at is None
        }
        self.board = Board(shown, unopened)

    async def _work(self, opened: Open, seen: Mapping[str, Seen], now: float) -> None:
        one = opened.one
        todo = plan(one, opened.seats.values(), seen, now)
        current = {**opened.seats, **{seat.user: seat for seat in todo.seats}}
        asked = [_asked(current[user], now) for user in todo.start]
        await self._save(one, [*_others(todo, asked), *asked])
        results = await asyncio.gather(
            *(self._start(one, seat) for seat in asked),
            *(self._why(current[user]) for user in todo.vanished),
        )
        await self._save(one, [seat for seat in results if seat is not None])
        await asyncio.gather(*(self._end(one, user) for user in todo.stop))
        if todo.is_over:
            log.info("The class %s of %s is over", one.id, one.course)
            await self._write(partial(store.close, class_id=one.id, now=now))

    async def _start(self, one: Class, seat: Seat) -> Seat | None:
        """Ask for somebody's session; return their seat if the hub says no."""
        options = {
            "size": one.size,
            "course": one.course,
            "seat": word(one, seat.user, seats.key(self.token)),
        }
        try:
            await self.hub.admit(seat.user, self.token)
            await self.hub.start(seat.user, self.token, options)
        except HubError as error:
            log.warning("The class %s: no session for %s: %s", one.id, seat.user, error)
            return _failed(seat, error.message)
        log.info("The class %s: a session for %s", one.id, seat.user)
        return None

    async def _why(self, seat: Seat) -> Seat:
        """Ask the hub what became of a start that came to nothing."""
        with suppress(HubError):
            async with aclosing(self.hub.progress(seat.user, self.token)) as events:
                async for event in events:
                    if event is not None and event.get("failed"):
                        said = session.progress(event, _ENGLISH, time.time()).said
                        return _failed(seat, said.message)
        return _failed(seat, later("The session ended before it was ready."))

    async def _end(self, one: Class, user: str) -> None:
        try:
            await self.hub.stop(user, self.token)
            log.info("The class %s: the session of %s is ended", one.id, user)
        except HubError as error:
            # It is there at the next look, and is ended then.
            log.warning("The class %s: the session of %s: %s", one.id, user, error)

    async def _save(self, one: Class, changed: list[Seat]) -> None:
        if changed:
            await self._write(partial(store.save, class_id=one.id, changed=changed))

    async def _write(self, deed: Any) -> None:  # noqa: ANN401  a function of the engine
        await self.learning.writer.run(partial(deed, self.learning.store.engine))

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                await self.look(time.time())
                self._silent = ""
            except (StoreAway, HubError) as error:
                self._say_once(error.message)
            except Exception:
                # A class that stops being looked after is worse than a line in the log.
                log.exception("The classes could not be looked after")
            pause_s = BUSY_S if self.board.classes else CALM_S
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause_s)

    def _say_once(self, why: str) -> None:
        if why != self._silent:
            log.warning("Classes wait: %s", why)
        self._silent = why


def _read(engine: Any, one: Class) -> Open:  # noqa: ANN401  SQLAlchemy's engine
    found = store.seats(engine, one.id)
    return Open(one, {seat.user: seat for seat in found}, store.notes(engine, one.id))


def _seen(server: Mapping[str, Any]) -> Seen:
    options = server.get("user_options") or {}
    return Seen(
        class_id=seats.class_of(options.get("seat")),
        ready=bool(server.get("ready")),
        stopping=server.get("pending") == "stop",
        active_at=session.timestamp(server.get("last_activity")),
    )


def _sessions_of(one: Class, seen: Mapping[str, Seen]) -> frozenset[str]:
    return frozenset(name for name, its in seen.items() if its.class_id == one.id)


def _asked(seat: Seat, now: float) -> Seat:
    """Return the seat as one whose session is asked for: kept before the hub hears of it."""
    changes = {"state": SeatState.WAITING, "since": now, "why": "", "tried_at": now}
    return seat.model_copy(update={**changes, "tries": seat.tries + 1})


def _failed(seat: Seat, why: str) -> Seat:
    changes = {"state": SeatState.FAILED, "since": time.time(), "why": why}
    return seat.model_copy(update=changes)


def _others(todo: Plan, asked: Iterable[Seat]) -> list[Seat]:
    names = {seat.user for seat in asked}
    return [seat for seat in todo.seats if seat.user not in names]
