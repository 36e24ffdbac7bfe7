"""Who looks at a class is told when something new is stored of it: nobody has to ask the store."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress


class News:
    """Of each of these courses: how often something was stored, and who waits for more."""

    def __init__(self, courses: Collection[str]) -> None:
        # No others: events may be of any course, and each that is known takes memory.
        self._courses = frozenset(courses)
        self._counts = Counter[str]()
        self._next: dict[str, asyncio.Event] = {}
        self._process = secrets.token_hex(4)

    def version(self, course: str) -> str:
        """Return what changes whenever something is stored, and with each start of the service."""
        return f"{self._process}-{self._counts[course]}"

    def tell(self, courses: Iterable[str]) -> None:
        """Say that something of these courses was stored. In the event loop only."""
        for course in self._courses.intersection(courses):
            self._counts[course] += 1
            if course in self._next:
                self._next.pop(course).set()

    def tell_all(self) -> None:
        """Say that something was stored, or removed, and nobody knows of which course."""
        self.tell(self._courses)

    async def after(self, course: str, seen: str, patience_s: float) -> None:
        """Return once a course has another version than the one seen, or after `patience_s`."""
        if course not in self._courses or seen != self.version(course):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._next.setdefault(course, asyncio.Event()).wait()
