"""What was done to a course in the catalogue, by whom, when: one JSON object a line, only added to.

Also a withdrawn version's mark, which says the same of itself.
"""

from __future__ import annotations

import errno
import json
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from spawners.machine import Model

HISTORY = "history.jsonl"

What = Literal["published", "withdrawn", "rolled back"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def whoami() -> str:
    """Return the system user's name: the environment, which anyone sets, is not asked."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


class Deed(Model):
    """One thing that was done. `at` is ISO 8601, UTC."""

    what: What
    version: str
    release: str
    """The release's folder."""
    reason: str = ""
    by: str = Field(default_factory=whoami)
    at: str = Field(default_factory=_now)


def add(home: Path, deed: Deed) -> Callable[[], None]:
    """Write a line, before the deed is done: a deed without a line there never is. Raises OSError.

    Returns what takes the line back, where the deed fails. A publisher that is killed right here
    leaves a line too many, which the next one repeats.
    """
    line = json.dumps(deed.model_dump()).encode() + b"\n"
    descriptor = os.open(home / HISTORY, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        before = os.fstat(descriptor).st_size
        if before and os.pread(descriptor, 1, before - 1) != b"\n":
            line = b"\n" + line  # one that was killed in the middle of its line
        # One write: lines of two publishers do not mix.
        if os.write(descriptor, line) < len(line):
            os.ftruncate(descriptor, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return lambda: _take_back(home, before, line)


def _take_back(home: Path, before: int, line: bytes) -> None:
    with suppress(OSError), (home / HISTORY).open("r+b") as file:
        file.seek(before)
        if file.read() == line:  # nobody else has written since
            file.truncate(before)


def read(home: Path) -> Iterator[Deed]:
    """Yield what was done, oldest first; a line that was cut short is left out."""
    with suppress(FileNotFoundError):
        for line in (home / HISTORY).read_bytes().split(b"\n"):
            with suppress(ValidationError):
                yield Deed.model_validate_json(line)


class Mark:
    """A version, about to be marked as withdrawn: written in a draft, so there whole or not."""

    def __init__(self, home: Path, deed: Deed, draft: Path) -> None:
        self._place = _mark(home, deed.version)
        self._ready = draft / self._place.name
        self._new = False
        self._ready.write_text(deed.model_dump_json() + "\n", encoding="utf-8")
        self._ready.chmod(0o644)

    def make(self) -> None:
        """Mark it. Raises OSError."""
        self._new = not self._place.exists()
        self._ready.replace(self._place)

    def take_back(self) -> None:
        """Take the mark away, unless there was one. What the file system refuses stays."""
        if self._new:
            with suppress(OSError):
                self._place.unlink(missing_ok=True)


def unmark(home: Path, version: str) -> None:
    """Take the mark away again."""
    _mark(home, version).unlink(missing_ok=True)


def withdrawn(home: Path, version: str) -> Deed | None:
    """Return the withdrawal of a version, or None. A mark that cannot be read counts too."""
    try:
        return Deed.model_validate_json(_mark(home, version).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        return Deed(what="withdrawn", version=version, release="", by="?", at="?")


def _mark(home: Path, version: str) -> Path:
    return home / f"{version}.withdrawn"
