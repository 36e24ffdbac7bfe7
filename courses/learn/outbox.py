"""Events on disk until the service has them: `<workspace>/.onboard/outbox/`.

    <session>.jsonl     the events of one kernel, only ever appended to
    <session>.sent      how many of its bytes the service has acknowledged
    <session>.broken    lines that are no events, set aside
    <session>.refused   {"id", "why"} of events that the service does not want

Each kernel writes a file of its own: no two writers ever share one. Names begin with the time, so
they are read oldest first.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from courses.learn.events import Event, parse

_EVENTS = ".jsonl"
_SENT = ".sent"
_MOST_WAITING = 1000


def session_name(job: str = "") -> str:
    """Return a name that no other kernel has; names sort by time."""
    job = job if job.isascii() and job.isalnum() else "here"
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{job}-{uuid.uuid4().hex[:12]}"


class Writer:
    """Appends one kernel's events to its file."""

    def __init__(self, outbox: Path, session: str) -> None:
        self.file = outbox / f"{session}{_EVENTS}"
        self._waiting: list[bytes] = []
        self._mine = threading.Lock()
        self.error: OSError | None = None
        """Why events are waiting that are not on disk."""

    def add(self, event: Event) -> bool:
        """Write an event; one that cannot be written now is tried again before the next.

        Returns whether all are on disk. Raises nothing: a full disk must not break a cell.
        """
        with self._mine:
            self._waiting = [*self._waiting, event.line()][-_MOST_WAITING:]
            return self._try()

    def keep(self) -> bool:
        """Write what is waiting; return whether all is on disk."""
        with self._mine:
            return self._try() if self._waiting else True

    def _try(self) -> bool:
        try:
            self._write_waiting()
        except OSError as error:
            self.error = error
        else:
            self.error = None
        return self.error is None

    def _write_waiting(self) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while self._waiting:
                line = _after_half_a_line(handle) + self._waiting[0]
                size = os.fstat(handle).st_size
                if os.write(handle, line) != len(line):
                    os.ftruncate(handle, size)  # half a line would be there for ever
                    raise OSError(errno.ENOSPC, "half a line was written")
                del self._waiting[0]
        finally:
            os.close(handle)


def _after_half_a_line(handle: int) -> bytes:
    """Return what ends a line that a full disk cut short: the next one must not be lost too."""
    size = os.fstat(handle).st_size
    return b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""


@dataclass(frozen=True)
class Batch:
    """Events of one file in their order, what stood between them, and where they end."""

    events: tuple[Event, ...]
    broken: tuple[bytes, ...]
    end: int
    """In bytes from the beginning of the file."""


def files_in(outbox: Path) -> list[Path]:
    """Return the files of events, oldest first; what cannot be read holds up none of the others."""
    found = outbox.glob(f"*{_EVENTS}")
    return sorted(one for one in found if one.is_file() and os.access(one, os.R_OK))


def read(outbox: Path) -> tuple[list[Event], list[str]]:
    """Return every event of an outbox, sent or not, and each line that is none."""
    batches = [read_from(file, 0, most=None) for file in files_in(outbox)]
    broken = [line.decode("utf-8", "replace") for one in batches for line in one.broken]
    return [event for one in batches for event in one.events], broken


def read_from(file: Path, start: int, most: int | None) -> Batch:
    """Read up to `most` events from a place in bytes on. A line without its end is not read yet."""
    events: list[Event] = []
    broken: list[bytes] = []
    end = start
    for line in _lines(file, start):
        try:
            events.append(parse(line))
        except ValueError:
            broken += [line] if line.strip() else []
        end += len(line)
        if most is not None and len(events) == most:
            break
    return Batch(tuple(events), tuple(broken), end)


def _lines(file: Path, start: int) -> Iterator[bytes]:
    with file.open("rb") as stream:
        stream.seek(start)
        for line in stream:
            if line.endswith(b"\n"):
                yield line


def sent(file: Path) -> int:
    """Return how many bytes of a file the service has; 0 if nobody knows."""
    try:
        position = int(file.with_suffix(_SENT).read_text(encoding="ascii"))
        return position if _ends_a_line(file, position) else 0
    except (OSError, ValueError):
        return 0


def _ends_a_line(file: Path, position: int) -> bool:
    """Whether a place may be how far a file was sent: of one that took its place, it rarely is."""
    if not 0 < position <= file.stat().st_size:
        return False
    with file.open("rb") as stream:
        stream.seek(position - 1)
        return stream.read(1) == b"\n"


def mark_sent(file: Path, position: int) -> None:
    """Remember what the service has, all or nothing. Raises OSError."""
    handle, draft = tempfile.mkstemp(prefix=".sent-", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(str(position))
        Path(draft).replace(file.with_suffix(_SENT))
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def set_aside(file: Path, suffix: str, lines: tuple[bytes, ...]) -> None:
    """Append lines to a file beside the events; nothing depends on it, so nothing is raised."""
    with contextlib.suppress(OSError), file.with_suffix(suffix).open("ab") as out:
        out.writelines(line.rstrip(b"\n") + b"\n" for line in lines)
