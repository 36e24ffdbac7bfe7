"""The scheduler's facts, asked once for everyone: only while somebody looks, and never too often.

A look waits a moment for the answer, and then makes do with the last one, which knows its age.
Times in seconds.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import time
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, Self, TypeVar

from spawners import request, seats
from spawners.access import Access, SiteAccess
from spawners.errors import OnboardError, RefusedRequest
from spawners.machine import Machine, SessionSize
from spawners.offers import (
    Estimate,
    Nodes,
    Offers,
    is_closed,
    offers,
    starts_for_certain,
    without_scheduler,
)
from spawners.seats import Seat

log = logging.getLogger(__name__)

T = TypeVar("T")

NODES_MAX_AGE_S = 20.0
ESTIMATE_MAX_AGE_S = 60.0
ACCESS_MAX_AGE_S = 600.0
ACCESS_MIN_AGE_S = 60.0
"""A refusal is checked against what the scheduler says now, if what it said is older."""
PAGE_PATIENCE_S = 0.7
START_PATIENCE_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 60.0


class Source(Protocol):
    """Who answers. Every method has a time limit and raises OnboardError, nothing else."""

    async def nodes(self) -> Nodes:
        """Ask for all nodes."""
        ...

    async def estimate(self, size: SessionSize) -> Estimate:
        """Ask when a session of this size would start."""
        ...

    async def access(self) -> SiteAccess:
        """Ask what everybody may use."""
        ...


class Cached(Generic[T]):
    """One answer: asked for when somebody looks and it is too old, by one question for all."""

    def __init__(
        self, ask: Callable[[], Awaitable[T]], max_age_s: float, clock: Callable[[], float]
    ) -> None:
        self._ask, self._max_age_s, self._clock = ask, max_age_s, clock
        self._task: asyncio.Task[None] | None = None
        self._asked_at = self._next_at = float("-inf")
        self._failures = 0
        self.value: T | None = None
        self.failure: OnboardError | None = None
        """Why the last question had no answer; None once it had."""

    async def look(self, patience_s: float, max_age_s: float | None = None) -> T | None:
        """Return the latest answer; None if there has been none within `patience_s`."""
        soonest = self._next_at
        if max_age_s is not None and not self._failures:
            soonest = min(soonest, self._asked_at + max_age_s)
        if self._task is None and self._clock() >= soonest:
            self._task = asyncio.create_task(self._refresh())
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=patience_s)
        return self.value

    async def _refresh(self) -> None:
        self._asked_at = self._clock()
        try:
            self.value = await self._ask()
        except OnboardError as error:
            self._failed(error)
        except Exception as error:
            # An answer of a form that nobody foresaw is no reason to ask again at every look.
            log.exception("The scheduler's facts could not be read")
            self._failed(OnboardError(str(error)))
        else:
            self.failure, self._failures = None, 0
            self._next_at = self._asked_at + self._max_age_s
        finally:
            self._task = None

    def _failed(self, error: OnboardError) -> None:
        log.warning("The scheduler's facts are not known just now: %s", error)
        self.failure = error
        pause_s = min(_FIRST_PAUSE_S * 2.0**self._failures, _LONGEST_PAUSE_S)
        self._failures = min(self._failures + 1, 10)
        self._next_at = self._clock() + pause_s


class SchedulerFacts:
    """What the scheduler says of everybody's possibilities; one for the whole hub.

    Without a `source` nothing waits, and there is nothing to choose but a size.
    """

    def __init__(
        self,
        machine: Machine,
        source: Source | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.machine = machine
        self._source = source
        if source is None:
            return
        self._nodes = Cached(source.nodes, NODES_MAX_AGE_S, clock)
        self._access = Cached(source.access, ACCESS_MAX_AGE_S, clock)
        self._estimates = {
            size.name: Cached(_estimate_of(source, size), ESTIMATE_MAX_AGE_S, clock)
            for size in machine.sizes
        }

    def __deepcopy__(self, _memo: dict[int, object]) -> Self:
        # traitlets copies what is configured, for each spawner; but the facts are one for all.
        return self

    async def offers(self, user: str, patience_s: float = PAGE_PATIENCE_S) -> Offers:
        """Return what `user` may start and when, after at most `patience_s`."""
        if self._source is None:
            return without_scheduler(self.machine)
        deadline = time.monotonic() + patience_s
        nodes, site = await asyncio.gather(
            self._nodes.look(patience_s), self._access.look(patience_s)
        )
        failure = self._nodes.failure
        reachable = nodes is not None and failure is None
        # What was free before the scheduler fell silent says nothing of when a session starts.
        nodes = nodes if reachable else None
        estimates = await self._look_at_estimates(nodes, site, deadline)
        return Offers(
            reachable=reachable,
            reason="" if reachable else str(failure or "The scheduler has not answered yet."),
            offers=offers(self.machine, nodes, site, estimates, time.time()),
            access=site.of(self._job_user(user), time.time()) if site else None,
        )

    async def access(self, user: str, patience_s: float = START_PATIENCE_S) -> Access | None:
        """Return what `user` may use; None if the scheduler has not said so in time."""
        return await self._look_at_access(user, patience_s, None)

    async def parse(
        self, options: object, user: str, seat_of: Callable[[str], Seat] = seats.refuse
    ) -> request.SessionRequest:
        """Check a user's options against what they may use. Raises RefusedRequest."""
        try:
            allowed = await self._look_at_access(user, START_PATIENCE_S, None)
            return request.parse(options, self.machine, allowed, seat_of)
        except RefusedRequest:
            # What they were given a minute ago counts as well.
            newer = await self._look_at_access(user, START_PATIENCE_S, ACCESS_MIN_AGE_S)
            return request.parse(options, self.machine, newer, seat_of)

    async def _look_at_access(
        self, user: str, patience_s: float, max_age_s: float | None
    ) -> Access | None:
        if self._source is None:
            return Access()
        site = await self._access.look(patience_s, max_age_s)
        return site.of(self._job_user(user), time.time()) if site else None

    async def _look_at_estimates(
        self, nodes: Nodes | None, site: SiteAccess | None, deadline: float
    ) -> dict[str, Estimate]:
        now = time.time()
        asked = [
            size.name
            for size in self.machine.sizes
            if nodes is not None
            and not is_closed(size, site)
            and not starts_for_certain(size, self.machine, nodes, site, now)
        ]
        rest_s = max(0.0, deadline - time.monotonic())
        answers = await asyncio.gather(*(self._estimates[name].look(rest_s) for name in asked))
        return {
            name: answer for name, answer in zip(asked, answers, strict=True) if answer is not None
        }

    def _job_user(self, user: str) -> str:
        """Return the system user that a session of `user` belongs to."""
        return user if self.machine.submit_as_trainee else pwd.getpwuid(os.geteuid()).pw_name


def _estimate_of(source: Source, size: SessionSize) -> Callable[[], Awaitable[Estimate]]:
    return lambda: source.estimate(size)
