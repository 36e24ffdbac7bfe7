"""Folders to work in whose names tell their owner: what a killed one left, the next one removes.

The owner holds the folder's lock as long as it lives, whatever its number is elsewhere. File
systems that clusters share may have no locks: there the number, its start and the age decide.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from courses.file_system import held

DEAD_DRAFT_S = 600.0
"""How old a draft must be before it is cleaned up, where its owner ran on this host."""
STRANGE_DRAFT_S = 86400.0
"""And where it ran on another, and nobody can say whether it still does."""

_OWNER = re.compile(r"-(?P<host>.*)-(?P<pid>\d+)-[^-]+")


@contextlib.contextmanager
def lend(parent: Path, kind: str) -> Iterator[Path]:
    """Lend a new folder in `parent`, for its owner alone, and remove it. Raises OSError."""
    prefix = f"{kind}-{socket.gethostname()}-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        with contextlib.ExitStack() as kept:
            with contextlib.suppress(OSError):
                kept.enter_context(held(folder))
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, kind: str) -> None:
    """Remove what owners of mine left in `parent` that were killed; never what is in use."""
    for folder in parent.glob(f"{glob.escape(kind)}-*"):
        with contextlib.suppress(OSError):
            if _is_left(folder, kind):
                shutil.rmtree(folder)


def _is_left(folder: Path, kind: str) -> bool:
    found = folder.lstat()
    # In a folder that all share, a name is no proof of whose it is.
    if os.geteuid() not in (0, found.st_uid):
        return False
    owner = _OWNER.fullmatch(folder.name.removeprefix(kind))
    here = owner is not None and owner["host"] == socket.gethostname()
    if time.time() - found.st_mtime <= (DEAD_DRAFT_S if here else STRANGE_DRAFT_S):
        return False
    if here and owner and _is_alive(int(owner["pid"]), found.st_mtime):
        return False
    return not _is_held(folder)


def _is_alive(pid: int, since: float) -> bool:
    """Return whether the process that made something then still runs, and not a later namesake."""
    import psutil  # who only reads a catalogue may not have it

    try:
        return bool(psutil.Process(pid).create_time() <= since + DEAD_DRAFT_S)
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OverflowError):
        return True


def _is_held(folder: Path) -> bool:
    try:
        with held(folder):
            return False
    except BlockingIOError:
        return True
    except OSError:  # no locks here
        return False
