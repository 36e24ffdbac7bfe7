"""The first time that a course comes into a workspace: all of it or nothing.

It is written into a hidden folder beside its place, `.<course>-XXXXXXXX`, which one rename makes
the course's. Who writes it holds the lock in it, the one that the course will have: a folder whose
lock anybody can take is what a killed opening left, and the next opening removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from courses.file_system import NO_LOCKS, TAKEN, sync
from courses.upgrades.locking import STALE_S, alone, lock_of
from courses.upgrades.memory import HIDDEN, Memory, base_copy, remember, sum_of

_BY_CHANCE = "[a-z0-9_]{8}"  # as `tempfile` names a folder


def bring_all(release: Path, files: list[Path], course: Path) -> bool:
    """Copy files of a release, and make them the course. False if somebody was faster."""
    with _drafted(course) as draft:
        memory = Memory()
        for file in files:
            _copy(release / file, draft / file)
            if file.suffix == ".ipynb":
                _copy(release / file, base_copy(draft, str(file)))
            memory = memory.with_file(str(file), release.name, sum_of(release / file) or "")
        remember(draft, memory)
        try:
            draft.rename(course)
        except OSError as error:
            if error.errno in TAKEN:
                return False
            raise
    return True


@contextlib.contextmanager
def _drafted(course: Path) -> Iterator[Path]:
    """Give a locked folder; what has not become the course at the end is removed again."""
    with contextlib.ExitStack() as held:
        draft = _locked_draft(course, held)
        try:
            yield draft
        finally:
            _remove(draft)


def _locked_draft(course: Path, held: contextlib.ExitStack) -> Path:
    while True:
        draft = Path(tempfile.mkdtemp(prefix=f".{course.name}-", dir=course.parent))
        try:
            held.enter_context(alone(draft))
            if os.path.lexists(lock_of(draft)):
                return draft
        except FileNotFoundError:
            pass  # an opening that came before the lock has taken it for a dead one's
        except OSError:
            _remove_empty(draft)
            raise


def _copy(source: Path, target: Path) -> None:
    # Releases are read-only; a trainee's copy is not, and is the trainee's alone.
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o700 if os.access(source, os.X_OK) else 0o600)
    sync(target)


def sweep(course: Path) -> None:
    """Remove what first openings of this course left that were killed. Raises nothing."""
    name = re.compile(rf"\.{re.escape(course.name)}-{_BY_CHANCE}")
    with contextlib.suppress(OSError):
        for left in course.parent.iterdir():
            if name.fullmatch(left.name) and left.is_dir() and not left.is_symlink():
                _remove_if_dead(left)


def _remove_if_dead(draft: Path) -> None:
    lock = lock_of(draft)
    if lock.is_symlink() or not lock.is_file():
        # Of one that was killed before its lock only the empty folders are ours for sure.
        _remove_empty(draft)
        return
    with contextlib.suppress(OSError), lock.open("r+b") as handle:
        if _is_free(handle.fileno(), draft):
            _remove(draft)


def _is_free(handle: int, draft: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        # Without locks nobody knows whether its writer still lives.
        old = time.time() - draft.lstat().st_mtime >= STALE_S
        return error.errno in NO_LOCKS and old
    return True


def _remove(draft: Path) -> None:
    """Remove a folder whose lock is held; the lock last, so that a killed removal is found too."""
    with contextlib.suppress(OSError):
        for one in (*draft.iterdir(), *(draft / HIDDEN).iterdir()):
            if one in (draft / HIDDEN, lock_of(draft)):
                continue
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink(missing_ok=True)
        lock_of(draft).unlink(missing_ok=True)
    _remove_empty(draft)


def _remove_empty(draft: Path) -> None:
    for folder in (draft / HIDDEN, draft):
        with contextlib.suppress(OSError):
            folder.rmdir()
