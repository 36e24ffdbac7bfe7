"""One start is prepared at a time, so that everybody else's requests come in between.

Preparing one takes JupyterHub some 20 ms of its event loop. When a class presses Start at once, the
loop would do them all in one go, and the hub would answer nobody for seconds. It takes no longer in
turn: there is one loop.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar


class Turn:
    """Held from a request's beginning until it waits for somebody else."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock: asyncio.Lock | None = lock

    def over(self) -> None:
        """Let the next one in; again, and it does nothing."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None


_lock = asyncio.Lock()
_held: ContextVar[Turn | None] = ContextVar("turn", default=None)


async def take() -> Turn:
    """Wait for a turn. What the caller starts from here on can end it (`over`)."""
    await _lock.acquire()
    turn = Turn(_lock)
    _held.set(turn)
    return turn


def over() -> None:
    """End the turn that this task was begun in, if there is one."""
    turn = _held.get()
    if turn is not None:
        turn.over()
