"""Several files of a course folder changed as if at once, whatever is killed on the way.

Everything is written into a hidden draft first. One rename makes the draft pending, and from then
on there is no way back: who finds a pending draft, now or in a later session, completes it. Before
the rename the course is the old one, after it the new one.

    .onboard/draft-XXXX/    being written: rubbish if its writer is gone
    .onboard/pending-XXXX/  decided: swaps.json, and the files that are not in their places yet
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from courses.upgrades.memory import HIDDEN, base_copy, remember, remembered, sum_of

LOCK_S = 60.0
"""How long one opening of a course waits for another, in seconds."""

_JOURNAL = "swaps.json"
_PENDING = "pending-"
_DRAFT = "draft-"
_DONE = "done-"
# Without locks nobody knows whether a draft's writer still lives.
_STALE_S = 3600
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF)


class BusyError(Exception):
    """Another opening of the same course took longer than LOCK_S."""


@dataclass(frozen=True)
class Swap:
    """One file of a release, and what becomes of it in the course folder.

    `draft` goes to `target`, if what is there is still `was` (None: nothing). Without a draft
    nothing is to be changed there. `base` is kept as the copy of the published file. Both name
    files in the draft folder; sums are SHA-256.
    """

    file: str
    release: str
    file_sum: str
    target: str = ""
    draft: str = ""
    was: str | None = None
    new: str = ""
    base: str = ""


class Draft:
    """A hidden folder in which the new files are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def add(self, content: bytes | Path, mode: int) -> str:
        """Write a file that survives a crash, and return its name in the draft."""
        self._made += 1
        path = self.folder / str(self._made)
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content)
        path.chmod(mode)
        sync(path)
        return path.name


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk: a rename may not get there before it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # not every file system can
            raise
    finally:
        os.close(handle)


@contextlib.contextmanager
def drafted(course: Path) -> Iterator[Draft]:
    """Give a new draft. What is not committed at the end is removed again."""
    folder = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=course / HIDDEN))
    try:
        yield Draft(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def commit(course: Path, draft: Draft, swaps: Sequence[Swap]) -> None:
    """Decide that the swaps happen: `complete` does them."""
    journal = json.dumps([asdict(swap) for swap in swaps], indent=1)
    (draft.folder / _JOURNAL).write_text(journal, encoding="utf-8")
    sync(draft.folder / _JOURNAL)
    sync(draft.folder)
    name = draft.folder.name.replace(_DRAFT, _PENDING, 1)
    draft.folder.rename(draft.folder.with_name(name))
    sync(course / HIDDEN)


def is_pending(course: Path) -> bool:
    """Whether swaps are decided that are not all done."""
    return bool(_pending(course))


def _pending(course: Path) -> list[Path]:
    return sorted((course / HIDDEN).glob(f"{_PENDING}*"))


def complete(course: Path, is_open: Callable[[str], bool]) -> None:
    """Do what is pending, if anything is: now, or again after a crash in the middle.

    A file that the trainee has changed or opened since it was decided is left as it is, and counts
    as what it was before.
    """
    for pending in _pending(course):
        memory = remembered(course)
        for swap in _journal(pending):
            if _applied(course, pending, swap, is_open):
                memory = memory.with_file(swap.file, swap.release, swap.file_sum)
        remember(course, memory)
        # In one step: half a pending folder would be taken for a whole one.
        done = pending.with_name(pending.name.replace(_PENDING, _DONE, 1))
        with contextlib.suppress(FileNotFoundError):  # another opening was faster
            pending.rename(done)
        shutil.rmtree(done, ignore_errors=True)


def _journal(pending: Path) -> list[Swap]:
    try:
        swaps = [Swap(**one) for one in json.loads((pending / _JOURNAL).read_text("utf-8"))]
    except (FileNotFoundError, ValueError, TypeError):
        return []  # not written by us: nothing is known, so nothing is done
    return [swap for swap in swaps if all(map(_is_inside, (swap.file, swap.target)))]


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _applied(course: Path, pending: Path, swap: Swap, is_open: Callable[[str], bool]) -> bool:
    if swap.draft and not _in_place(course, pending, swap, is_open):
        return False
    if swap.base:
        copy = base_copy(course, swap.file)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # it is there from before the crash
            (pending / swap.base).replace(copy)
    return True


def _in_place(course: Path, pending: Path, swap: Swap, is_open: Callable[[str], bool]) -> bool:
    draft, target = pending / swap.draft, course / swap.target
    if not draft.exists() or sum_of(target) == swap.new:
        return True
    if is_below_a_link(course, swap.target) or is_open(swap.target) or sum_of(target) != swap.was:
        return False
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if swap.was is not None:
            draft.replace(target)
        else:
            os.link(draft, target)  # unlike a rename, it fails where a file is
            draft.unlink()
    except FileExistsError:
        return False
    except FileNotFoundError:
        return True  # another opening was faster
    sync(target.parent)
    return True


def is_below_a_link(course: Path, file: str) -> bool:
    """Whether the trainee has moved this folder elsewhere: then it is theirs."""
    return any((course / parent).is_symlink() for parent in PurePosixPath(file).parents)


@contextlib.contextmanager
def alone(course: Path) -> Iterator[None]:
    """Let one opening of the course in at a time, and clear away what a killed one has left.

    Where the file system has no locks, all come in at once: they share what is pending, and each
    has a draft of its own. Raises BusyError.
    """
    (course / HIDDEN).mkdir(mode=0o700, exist_ok=True)
    with (course / HIDDEN / "lock").open("a") as lock:
        locked = _locked(lock.fileno())
        _clear(course / HIDDEN, older_than_s=0 if locked else _STALE_S)
        yield


def _locked(handle: int) -> bool:
    deadline = time.monotonic() + LOCK_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise BusyError from None
            time.sleep(0.05)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return False
            raise
        else:
            return True


def _clear(hidden: Path, older_than_s: float) -> None:
    for left in hidden.iterdir():
        if not left.name.startswith((_DRAFT, _DONE)):
            continue
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.lstat().st_mtime >= older_than_s:
                shutil.rmtree(left, ignore_errors=True)
