"""What one kernel is busy with: its lesson, how the exercises stand, and the events it tells.

Everything here is made at the first exercise, quiz or lesson, and lasts as long as the kernel.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.getipython import get_ipython

from courses.learn.events import Event, Kind
from courses.learn.keeping import Keeper
from courses.learn.memory import Memory, Standing
from courses.learn.outbox import Writer, session_name
from courses.learn.place import Place, find_place
from courses.learn.words import choose_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from courses.learn.sender import Sender


class Desk:
    """One kernel's lesson."""

    def __init__(self, place: Place, env: Mapping[str, str]) -> None:
        self.place = place
        self._memory = Memory(place.states)
        self._seq = itertools.count(1)
        self._writer = (
            Writer(place.outbox, session_name(env.get("SLURM_JOB_ID", "")))
            if place.outbox
            else None
        )
        self._sender = _sender(place.outbox, env)
        self._keeper = Keeper([self._memory, *([self._writer] if self._writer else [])], self._wake)
        self._watcher: Callable[[], None] = lambda: None

    def name_lesson(self, course: str, lesson: str) -> None:
        """Take what the lesson says of itself."""
        self.place = replace(self.place, course=course, lesson=lesson)

    def standing(self, exercise: str) -> Standing:
        """Return how an exercise or a quiz stands."""
        return self._memory.get(self._key(exercise))

    def change(self, exercise: str, how: Callable[[Standing], Standing]) -> Standing:
        """Change how an exercise or a quiz stands."""
        changed = self._memory.change(self._key(exercise), how)
        self._keeper.look()
        self._watcher()
        return changed

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have a lesson's header called at each change; a new header takes an old one's place."""
        self._watcher = watcher

    def tell(
        self, kind: Kind, exercise: str = "", state: str = "", /, **detail: str | int | float
    ) -> None:
        """Write an event down and see that it is sent. Outside of a workspace, do nothing."""
        if self._writer is None:
            return
        self._writer.add(
            Event(
                seq=next(self._seq),
                kind=kind.value,
                course=self.place.course,
                release=self.place.release,
                lesson=self.place.lesson,
                exercise=exercise,
                state=state,
                detail=detail,
            )
        )
        self._keeper.look()
        self._wake()

    def unsaved(self) -> str:
        """Say that something could not be saved yet, and what to do; nothing if all is."""
        return self._keeper.sentence()

    def _wake(self) -> None:
        if self._sender is not None:
            self._sender.wake()

    def _key(self, exercise: str) -> str:
        return f"{self.place.course}/{self.place.lesson}/{exercise}"


@cache
def desk() -> Desk:
    """Return this kernel's desk."""
    place = find_place(_started_in(), os.environ)
    if place.language:
        choose_language(place.language)
    return Desk(place, os.environ)


def _started_in() -> Path:
    """Return the notebook's folder, wherever the lesson has gone since."""
    shell = get_ipython()
    history = shell.user_ns.get("_dh") if shell is not None else None
    try:
        return Path(history[0] if history else Path.cwd())
    except OSError:  # the folder is gone
        return Path("/")


def _sender(outbox: Path | None, env: Mapping[str, str]) -> Sender | None:
    """Start to send if there is a service; an author's or a validation's run has none.

    The kernel itself sends, so an event is on its way the moment it happens. It has inherited the
    token and the paths of the certificate; keeping them from it would protect nothing, for they are
    its own user's. What a kernel leaves behind its session's server sends (`courses.leftovers`).
    """
    if outbox is None:
        return None
    from courses.learn.sender import Sender
    from courses.learn.service import service_of

    service = service_of(env)
    if service is None:
        return None
    sender = Sender(outbox, service)
    sender.start()
    return sender
