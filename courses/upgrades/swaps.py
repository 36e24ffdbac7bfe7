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
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from courses.file_system import sync
from courses.upgrades import notices
from courses.upgrades.memory import HIDDEN, base_copy, remember, remembered, sum_of
from courses.upgrades.notices import Matter, Notice

_JOURNAL = "swaps.json"
_PENDING = "pending-"
_DRAFT = "draft-"
_DONE = "done-"
RUBBISH = (_DRAFT, _DONE)
"""How folders begin that nobody needs once their writer is gone."""
# What a trainee has put in a file's way, or locked: it concerns that file alone.
_IN_THE_WAY = (
    *(errno.EACCES, errno.EPERM, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY),
    *(errno.ELOOP, errno.ENAMETOOLONG),
)
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK)
"""How a file system says that it gives no file a second name."""


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
    notice: Notice | None = None
    """What the trainee should hear once it is done."""


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

    A file that the trainee has changed or opened since it was decided, or that cannot be put where
    it belongs, is left as it is, and counts as what it was before.
    """
    for pending in _pending(course):
        memory = remembered(course)
        applied = [one for one in _journal(pending) if _applied(course, pending, one, is_open)]
        for swap in applied:
            memory = memory.with_file(swap.file, swap.release, swap.file_sum)
        remember(course, memory)
        notices.keep(
            course,
            pending.name.removeprefix(_PENDING),
            [swap.notice for swap in applied if swap.notice],
        )
        # In one step: half a pending folder would be taken for a whole one.
        done = pending.with_name(pending.name.replace(_PENDING, _DONE, 1))
        with contextlib.suppress(FileNotFoundError):  # another opening was faster
            pending.rename(done)
        shutil.rmtree(done, ignore_errors=True)


def _journal(pending: Path) -> list[Swap]:
    journal = pending / _JOURNAL
    try:
        if not stat.S_ISREG(journal.lstat().st_mode):
            return []
        swaps = [_swap(**one) for one in json.loads(journal.read_text("utf-8"))]
        return [swap for swap in swaps if all(map(_is_inside, _paths(swap)))]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    except (ValueError, TypeError, RecursionError):
        return []  # not written by us: nothing is known, so nothing is done


def _swap(notice: Mapping[str, Any] | None = None, **rest: Any) -> Swap:  # noqa: ANN401  of JSON
    if notice is None:
        return Swap(**rest)
    said = Notice(**notice)
    return Swap(**rest, notice=replace(said, matter=Matter(said.matter)))


def _paths(swap: Swap) -> tuple[str, ...]:
    beside = swap.notice.beside if swap.notice else ""
    return swap.file, swap.target, swap.draft, swap.base, beside


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _applied(course: Path, pending: Path, swap: Swap, is_open: Callable[[str], bool]) -> bool:
    with _left_if_in_the_way():
        if swap.draft and not _in_place(course, pending, swap, is_open):
            return False
        if swap.base:
            _keep_base(course, pending, swap)
        return True
    return False


@contextlib.contextmanager
def _left_if_in_the_way() -> Iterator[None]:
    """Pass over one file that cannot be put: the others, which are decided too, are not stopped.

    A full disk stops all of them, until the next opening.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _IN_THE_WAY:
            raise


def _keep_base(course: Path, pending: Path, swap: Swap) -> None:
    copy = base_copy(course, swap.file)
    if is_out_of_reach(course, str(copy.relative_to(course))):
        return  # a notebook is upgraded without: the old release may still be there
    # It is there from before the crash, or there is something in its way.
    with contextlib.suppress(FileNotFoundError), _left_if_in_the_way():
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (pending / swap.base).replace(copy)


def _in_place(course: Path, pending: Path, swap: Swap, is_open: Callable[[str], bool]) -> bool:
    draft, target = pending / swap.draft, course / swap.target
    if not draft.exists():
        return _is_settled(draft, target, swap)  # a crash, or another opening, came after it
    if sum_of(target) == swap.new:
        return True
    if is_out_of_reach(course, swap.target) or is_open(swap.target) or sum_of(target) != swap.was:
        return False
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        if swap.was is None:
            _added(draft, target)
        elif not _replaced(draft, target, swap):
            return False
    except FileNotFoundError:
        return True  # another opening was faster
    sync(target.parent)
    return True


def _added(draft: Path, target: Path) -> None:
    """Put a file where none is. Raises FileExistsError."""
    try:
        os.link(draft, target)  # unlike a rename, it fails where a file is
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        draft.rename(target)
    else:
        draft.unlink()


def _replaced(draft: Path, target: Path, swap: Swap) -> bool:
    """Put the draft over a file. False, and the file stays, if it is saved at this moment.

    Jupyter saves into the file that is there: that one is kept at hand until it is known that
    nobody has begun to. Where there are no links, that moment is not guarded.
    """
    before = _before(draft)
    before.unlink(missing_ok=True)  # of an opening that was killed
    try:
        os.link(target, before)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        draft.replace(target)
        return True
    draft.replace(target)
    return _is_settled(draft, target, swap)


def _is_settled(draft: Path, target: Path, swap: Swap) -> bool:
    """Whether the file that was replaced was still what it had been; else it is there again."""
    before = _before(draft)
    if not before.exists() or sum_of(before) == swap.was or sum_of(target) != swap.new:
        return True
    before.replace(target)
    return False


def _before(draft: Path) -> Path:
    """Where the file that a draft replaces is kept at hand."""
    return draft.with_name(f"{draft.name}.before")


def is_out_of_reach(course: Path, file: str) -> bool:
    """Whether a folder on the way to this file is a link by now, or no folder: it is theirs."""
    above = (course / parent for parent in PurePosixPath(file).parents)
    return any(one.is_symlink() or (one.exists() and not one.is_dir()) for one in above)
