"""What a kernel could not write down is tried again until it can, and said in words until then.

A home that is full stops no lesson: what is right is right, and is remembered once there is room.
"""

from __future__ import annotations

import atexit
import errno
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from courses.learn.words import say

AGAIN_S = 15.0
THREAD = "onboard-keeping"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Keeps(Protocol):
    """Something that writes to the trainee's home, and holds on to what it could not write."""

    error: OSError | None
    """Why something is not written yet; None if all is."""

    def keep(self) -> bool:
        """Write what is not written yet; return whether all is."""


class Keeper:
    """Sees that all is written in the end; `done` is called when it is, after it was not."""

    def __init__(
        self,
        parts: Sequence[Keeps],
        done: Callable[[], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._parts, self._done, self._pause = parts, done, pause
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin to try again if something is not written; returns at once."""
        if self._error() is None or (self._thread is not None and self._thread.is_alive()):
            return
        if self._thread is None:
            atexit.register(self._try)  # the last chance, if the kernel is asked to end
        self._thread = threading.Thread(target=self._try_until_done, name=THREAD, daemon=True)
        self._thread.start()

    def sentence(self) -> str:
        """Say what is not remembered yet and what to do; nothing if all is."""
        error = self._error()
        if error is None:
            return ""
        if error.errno in _FULL:
            return say(
                "This could not be saved: your storage is full. Delete what you do not need. "
                "It is saved as soon as there is room, for as long as this notebook runs."
            )
        return say(
            "This could not be saved: your course folder cannot be written to. Tell your "
            "instructor. It is tried again for as long as this notebook runs."
        )

    def _error(self) -> OSError | None:
        return next((one.error for one in self._parts if one.error), None)

    def _try_until_done(self) -> None:
        while not self._try():
            self._pause(AGAIN_S)
        self._done()

    def _try(self) -> bool:
        kept = [one.keep() for one in self._parts]  # each has its turn
        return all(kept)
