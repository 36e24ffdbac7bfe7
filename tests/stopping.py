"""Stops a process before the n-th change that it makes in the file system: a kill, or an error."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FORK = multiprocessing.get_context("fork")
GIVE_ROOM = frozenset({"os.remove", "os.rmdir"})
_OTHERS = ("mkdir", "rename", "link", "symlink", "chmod", "truncate")
MOVES = GIVE_ROOM | {f"os.{name}" for name in _OTHERS}
"""What Python's audit hook tells of changes in a file system, before they happen, beside `open`."""
_TAKE_NO_ROOM = frozenset({"os.rename", "os.chmod"})


def writes(event: str, args: tuple[object, ...]) -> bool:
    """Return whether an event of the audit hook opens a file to write: open(path, mode, flags)."""
    if event != "open" or not isinstance(args[2], int):
        return False
    return bool(args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def is_change(event: str, args: tuple[object, ...]) -> bool:
    """Return whether an event of the audit hook is a change in a file system."""
    return event in MOVES or writes(event, args)


class Stopper:
    """Kills at the `step`-th change; with `errno` refuses it and, but for `once`, what follows.

    To take something away always works then, and on a full disk so does to move it.
    """

    def __init__(self, step: int, errno: int = 0, *, once: bool = False) -> None:
        self.step, self.errno, self.once = step, errno, once
        self.count = 0
        self.active = True

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.active or not is_change(event, args) or self._goes_well(event, args):
            return
        self.count += 1
        if self.count < self.step or (self.once and self.count > self.step):
            return
        if not self.errno:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self.errno, os.strerror(self.errno))

    def _goes_well(self, event: str, args: tuple[object, ...]) -> bool:
        if not self.errno or self.once:
            return bool(self.errno) and event in GIVE_ROOM
        old = event == "open" and isinstance(args[2], int) and not args[2] & os.O_CREAT
        return old or event in GIVE_ROOM | _TAKE_NO_ROOM


@contextmanager
def _stopped(stopper: Stopper) -> Iterator[None]:
    sys.addaudithook(stopper)
    try:
        yield
    finally:
        stopper.active = False


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Do it in a process of its own, killed at that change; return whether it was."""

    def run() -> None:
        with _stopped(Stopper(step)):
            act()

    one = FORK.Process(target=run)
    one.start()
    one.join(60)
    assert one.exitcode in (0, -signal.SIGKILL)
    return one.exitcode != 0


def refused_at(step: int, errno: int, act: Callable[[], object], *, once: bool = False) -> object:
    """Do it in a process of its own with that error; return its answer, None if no error came.

    With `once` only that change is refused; otherwise all that needs room is from then on.
    """
    answers = FORK.SimpleQueue()

    def run() -> None:
        stopper = Stopper(step, errno, once=once)
        with _stopped(stopper):
            answer = act()
        answers.put(answer if stopper.count >= step else None)

    one = FORK.Process(target=run)
    one.start()
    one.join(60)
    assert one.exitcode == 0
    return answers.get()
