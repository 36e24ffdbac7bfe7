"""One opening of a course at a time, and what a killed one has left is cleared away."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from courses.file_system import lock
from courses.upgrades.memory import DRAFTS, HIDDEN
from courses.upgrades.swaps import RUBBISH

LOCK_S = 60.0
"""How long one opening of a course waits for another, in seconds."""
STALE_S = 3600
"""Without locks nobody knows whether a draft's writer still lives: then it may be this old."""


class BusyError(Exception):
    """Another opening of the same course took longer than LOCK_S."""


def lock_of(course: Path) -> Path:
    """Return the file that `alone` locks."""
    return course / HIDDEN / "lock"


@contextlib.contextmanager
def alone(course: Path) -> Iterator[None]:
    """Let one opening of the course in at a time, and clear away what a killed one has left.

    Where the file system has no locks, all come in at once: they share what is pending, and each
    has a draft of its own. Raises BusyError.
    """
    (course / HIDDEN).mkdir(mode=0o700, exist_ok=True)
    with lock_of(course).open("a") as file:
        try:
            locked = lock(file.fileno(), LOCK_S)
        except TimeoutError:
            raise BusyError from None
        _clear(course, older_than_s=0 if locked else STALE_S)
        yield


def _clear(course: Path, older_than_s: float) -> None:
    ours = (one for one in (course / HIDDEN).iterdir() if one.name.startswith(RUBBISH))
    for left in (*ours, *course.glob(DRAFTS)):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if time.time() - left.lstat().st_mtime < older_than_s:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink()
