"""A scheduler that says of everybody's possibilities what the test tells it: a public double."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from spawners.access import SiteAccess
from spawners.errors import BatchError
from spawners.machine import SessionSize
from spawners.offers import Estimate, NodeFacts, Nodes


class FakeFacts:
    """The `Source` of facts with no scheduler. Set `failure` to make every question raise it."""

    def __init__(self, *nodes: NodeFacts) -> None:
        self.all_nodes = nodes
        self.site = SiteAccess()
        self.start_at: dict[str, float | None] = {}
        """When a session of that size would start; a size that is missing starts now."""
        self.failure: BatchError | None = None
        self.silent: asyncio.Event | None = None
        """Set this to an event, and no question is answered until it is set."""
        self.asked: Counter[str] = Counter()

    async def nodes(self) -> Nodes:
        """See `Source.nodes`."""
        await self._answer("nodes")
        return Nodes(nodes=self.all_nodes, asked_at=time.time())

    async def estimate(self, size: SessionSize) -> Estimate:
        """See `Source.estimate`."""
        await self._answer("estimate")
        now = time.time()
        return Estimate(at=self.start_at.get(size.name, now), asked_at=now)

    async def access(self) -> SiteAccess:
        """See `Source.access`."""
        await self._answer("access")
        return self.site

    async def _answer(self, question: str) -> None:
        self.asked[question] += 1
        if self.silent is not None:
            await self.silent.wait()
        if self.failure is not None:
            raise self.failure
