"""How the exercises of a course stand, kept for after a reload or a restart of the kernel.

One JSON file for each course, written all or nothing. Several kernels may write it: each takes a
lock, reads, changes its own entry, and puts the file in its place. Where it cannot be written,
the states last as long as the kernel.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_VERSION = 1
# A cell never waits longer for another kernel; without the lock it still writes all or nothing.
_LOCK_S = 0.5
# What a file of another making raises; an endless number, as JSON of Python's has them, the last.
_IS_NONE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)


@dataclass(frozen=True)
class Standing:
    """How one exercise or quiz stands."""

    state: str = ""
    attempts: int = 0
    hints: int = 0
    """How many have been shown."""
    solved_at: str = ""
    """When it was right last, ISO 8601 in UTC; empty if it never was."""
    answer: tuple[str, ...] = ()
    """What was answered to a quiz."""
    title: str = ""


class Memory:
    """The standings of a course's exercises, by `course/lesson/exercise`."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._unwritten: dict[str, Standing] = {}
        self._mine = threading.Lock()
        self.error: OSError | None = None
        """Why something is not in the file yet."""

    def get(self, key: str) -> Standing:
        """Return how an exercise stands; a new one for one that nobody has tried."""
        return self._all().get(key) or Standing()

    def change(self, key: str, how: Callable[[Standing], Standing]) -> Standing:
        """Change one standing, in the file too if that can be written."""
        with self._mine, _alone(self._file):
            changed = how(self.get(key))
            self._unwritten[key] = changed
            self._write_all()
        return changed

    def keep(self) -> bool:
        """Write what could not be written before; return whether all is written."""
        if self.error is not None:
            with self._mine, _alone(self._file):
                self._write_all()
        return self.error is None

    def _write_all(self) -> None:
        if self._file is None:
            return
        try:
            _write(self._file, self._all())
        except OSError as error:
            self.error = error  # it must not break a cell
        else:
            self._unwritten.clear()
            self.error = None

    def _all(self) -> dict[str, Standing]:
        # What is in the file may be another kernel's, and newer than what this one wrote there.
        return {**_read(self._file), **self._unwritten}


def _read(file: Path | None) -> dict[str, Standing]:
    if file is None:
        return {}
    try:
        states = json.loads(file.read_text(encoding="utf-8"))["states"]
        return {str(key): _standing(raw) for key, raw in states.items()}
    except (OSError, *_IS_NONE):
        return {}


def _standing(raw: dict[str, Any]) -> Standing:
    return Standing(
        state=str(raw["state"]),
        attempts=int(raw["attempts"]),
        hints=int(raw["hints"]),
        solved_at=str(raw["solved_at"]),
        answer=tuple(str(one) for one in raw["answer"]),
        title=str(raw["title"]),
    )


def _write(file: Path, states: dict[str, Standing]) -> None:
    content = {"v": _VERSION, "states": {key: asdict(one) for key, one in states.items()}}
    file.parent.mkdir(mode=0o700, exist_ok=True)  # what is wrong with it is said
    handle, draft = tempfile.mkstemp(prefix=".state-", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(content, out, indent=1, sort_keys=True)
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _alone(file: Path | None) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if file is not None:
            with contextlib.suppress(OSError):
                file.parent.mkdir(mode=0o700, exist_ok=True)
                lock = stack.enter_context(file.with_suffix(".lock").open("a"))
                _wait_for(lock.fileno())
        yield


def _wait_for(handle: int) -> None:
    deadline = time.monotonic() + _LOCK_S
    while time.monotonic() < deadline:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return
