"""One course's folder in the catalogue, and each move in it: by rename or link, whole or not.

    <version>-<first 12 of the content hash>/    a release; never changed
    <version> -> one of them                     the claim: a version has one content for ever
    <version>.withdrawn                          when, by whom and why it was taken out
    current -> one of the releases               what trainees get
    history.jsonl                                what was done, by whom, when

No move needs a lock to be safe: file systems that clusters share may have none. With one, two
publishers do not have to find out afterwards that they met.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from courses.authoring.sums import RECORD, SUMS, Sums
from courses.file_system import TAKEN, lock, sync
from courses.releases import drafts, history
from spawners.errors import InvalidInput

CURRENT = "current"
LOCK = ".lock"
_LOCK_S = 60.0

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_RELEASE = re.compile(rf"(?P<version>{_VERSION.pattern})-[0-9a-f]{{12}}")
_DRAFT = ".draft"

_log = logging.getLogger(__name__)


def make(home: Path) -> None:
    """Make the folder of a course, and the catalogue around it, for everyone to read."""
    home.parent.parent.mkdir(parents=True, exist_ok=True)
    for folder in (home.parent, home):
        # Another publisher may make it at this moment; a folder that was there keeps its mode.
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o755)


@contextlib.contextmanager
def alone(catalogue: Path) -> Iterator[None]:
    """Let one publisher in at a time, where the file system can. Raises InvalidInput after 60 s."""
    with (catalogue / LOCK).open("a") as file:
        with contextlib.suppress(PermissionError):  # another publisher's, who has seen to it
            os.fchmod(file.fileno(), catalogue.stat().st_mode & 0o666)
        try:
            if not lock(file.fileno(), _LOCK_S):
                _log.warning("The catalogue's file system has no locks; going on without.")
        except TimeoutError:
            raise InvalidInput(
                f"{catalogue}: somebody else has been changing it for {_LOCK_S:.0f} s.",
                hint="Look for another `onboard course` that hangs, and try again.",
            ) from None
        yield


@contextlib.contextmanager
def draft(home: Path) -> Iterator[Path]:
    """Lend a hidden folder beside the releases; its name tells whose it is."""
    with drafts.lend(home, _DRAFT) as folder:
        yield folder


def sweep(home: Path) -> None:
    """Remove the drafts of publishers that were killed."""
    drafts.sweep(home, _DRAFT)


def sweep_unclaimed(home: Path) -> None:
    """Remove releases that were never published: their publisher was killed before the claim.

    To be called alone: it must not meet one that comes back for its release.
    """
    done = {deed.release for deed in history.read(home)}
    for entry in home.iterdir():
        found = _RELEASE.fullmatch(entry.name)
        if found and entry.name not in {*done, claimed(home, found["version"]), current(home)}:
            with contextlib.suppress(OSError):
                _remove_if_old(entry)


def _remove_if_old(release: Path) -> None:
    found = release.lstat()
    # Coming in has changed it. Between that and its claim no publisher takes a day.
    if time.time() - max(found.st_mtime, found.st_ctime) > drafts.STRANGE_DRAFT_S:
        shutil.rmtree(release)


def copy(release: Path, target: Path, sums: Sums) -> None:
    """Copy what the sums name, and what the release holds for itself; safe on the disk at return.

    Raises OSError, also for a link.
    """
    target.mkdir()
    for path in (*sums.files, SUMS, RECORD):
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(release / path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(descriptor, "rb") as source, place.open("xb") as out:  # noqa: PTH123  pathlib opens no descriptor
            shutil.copyfileobj(source, out, 1024**2)
    # Once all is written: the first to be brought to the disk takes most of the others along.
    for one in (*target.rglob("*"), target):
        # Set outright: the publisher's umask is not the trainees' business.
        one.chmod(0o755 if one.is_dir() else 0o644)
        sync(one)


def bring_in(content: Path, release: Path, is_sound: Callable[[Path], bool]) -> None:
    """Rename a finished folder to its place. A sound release that is there stays; others make way.

    Readers refuse a damaged one anyway: they lose nothing while it is not there.
    """
    try:
        content.rename(release)
    except OSError as error:
        if error.errno not in TAKEN:
            raise
    else:
        return
    if is_sound(release):
        return
    with contextlib.suppress(FileNotFoundError):
        release.rename(content.with_name("damaged"))
    try:
        content.rename(release)
    except OSError as error:
        if error.errno not in TAKEN:  # else another publisher was faster, with the same content
            raise


def claim(home: Path, version: str, name: str) -> bool:
    """Take a version for one release, for ever. False if another content has it.

    A link is made or is there already: two who try at once cannot both have it. A claim on a folder
    that somebody has removed counts for nothing.
    """
    link = home / version
    for _ in range(10):
        with contextlib.suppress(FileExistsError):
            link.symlink_to(name)
        taken = claimed(home, version)
        if taken == name:
            return True
        if taken is None or (home / taken).exists():
            return False
        link.unlink(missing_ok=True)
    return False


def claimed(home: Path, version: str) -> str | None:
    """Return the name of the release that has this version, or None."""
    try:
        return (home / version).readlink().name
    except OSError:
        return None


def versions(home: Path) -> tuple[str, ...]:
    """Return the versions that were ever published, newest first."""
    try:
        names = [entry.name for entry in os.scandir(home) if entry.is_symlink()]
    except FileNotFoundError:
        return ()
    return tuple(sorted(filter(_VERSION.fullmatch, names), key=order, reverse=True))


def order(version: str) -> tuple[int, ...]:
    """Return what versions are compared by."""
    return tuple(int(part) for part in version.split("."))


def current(home: Path) -> str | None:
    """Return the name of the release that trainees get, or None."""
    return claimed(home, CURRENT)


class Turn:
    """`current`, about to be turned to the release of that name, or to none.

    What it takes is made beforehand, in a draft: nothing but a rename can fail later, also on the
    way back. Raises OSError.
    """

    def __init__(self, home: Path, draft: Path, name: str | None) -> None:
        self._current = home / CURRENT
        self._forth = _link(draft, name)
        self._back = _link(draft, current(home))
        self._made = False

    def make(self) -> None:
        """Turn it, in one step for all readers."""
        _put(self._forth, self._current)
        self._made = True

    def take_back(self) -> None:
        """Turn it to what it was, if it was turned. What the file system refuses stays."""
        if self._made:
            with contextlib.suppress(OSError):
                _put(self._back, self._current)


def _link(draft: Path, name: str | None) -> Path | None:
    if name is None:
        return None
    link = Path(tempfile.mkdtemp(dir=draft), CURRENT)
    link.symlink_to(name)
    return link


def _put(link: Path | None, place: Path) -> None:
    if link is None:
        place.unlink(missing_ok=True)
    else:
        link.replace(place)


@contextlib.contextmanager
def all_or_none() -> Iterator[contextlib.ExitStack]:
    """Lend a list of how to take each move back: where a later one fails, that is done."""
    with contextlib.ExitStack() as undo:
        yield undo
        undo.pop_all()


def give_up(home: Path, version: str, name: str, draft: Path) -> None:
    """Take back a claim, and the release it was for. What the file system refuses stays."""
    with contextlib.suppress(OSError):
        if claimed(home, version) == name:
            (home / version).unlink()
        (home / name).rename(draft / "given-up")
