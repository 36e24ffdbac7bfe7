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
import errno
import fcntl
import logging
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from courses.authoring.sums import RECORD, SUMS, Sums
from spawners.errors import InvalidInput

CURRENT = "current"
LOCK = ".lock"
DEAD_DRAFT_S = 600.0
"""How old a draft must be before it is cleaned up, where its publisher ran on this host."""
STRANGE_DRAFT_S = 86400.0
"""And where it ran on another, and nobody can say whether it still does."""
_LOCK_S = 60.0

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_DRAFT = re.compile(r"\.draft-(?P<host>.*)-(?P<pid>\d+)-[^-]+")
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

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
    with (catalogue / LOCK).open("a") as lock:
        deadline = time.monotonic() + _LOCK_S
        while not _locked(lock.fileno()):
            if time.monotonic() > deadline:
                raise InvalidInput(
                    f"{catalogue}: somebody else has been changing it for {_LOCK_S:.0f} s.",
                    hint="Look for another `onboard course` that hangs, and try again.",
                )
            time.sleep(0.05)
        yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        _log.warning("The catalogue's file system has no locks; going on without.")
    return True


@contextlib.contextmanager
def draft(home: Path) -> Iterator[Path]:
    """Lend a hidden folder beside the releases; its name tells whose it is."""
    prefix = f".draft-{socket.gethostname()}-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(home: Path) -> None:
    """Remove the drafts of publishers that were killed."""
    for folder in home.glob(".draft-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime > _keep_s(folder.name):
                shutil.rmtree(folder)


def _keep_s(name: str) -> float:
    found = _DRAFT.fullmatch(name)
    if found is None or found["host"] != socket.gethostname():
        return STRANGE_DRAFT_S
    return float("inf") if _is_alive(int(found["pid"])) else DEAD_DRAFT_S


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


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
            out.flush()
            os.fsync(out.fileno())
    # Set outright: the publisher's umask is not the trainees' business.
    for one in (target, *target.rglob("*")):
        one.chmod(0o755 if one.is_dir() else 0o644)


def bring_in(content: Path, release: Path, is_sound: Callable[[Path], bool]) -> None:
    """Rename a finished folder to its place. A sound release that is there stays; others make way.

    Readers refuse a damaged one anyway: they lose nothing while it is not there.
    """
    try:
        content.rename(release)
    except OSError as error:
        if error.errno not in _TAKEN:
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
        if error.errno not in _TAKEN:  # else another publisher was faster, with the same content
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


def point(home: Path, name: str | None) -> None:
    """Make the release of that name current in one step for all readers; None: no release is."""
    if name is None:
        (home / CURRENT).unlink(missing_ok=True)
        return
    with draft(home) as folder:
        (folder / CURRENT).symlink_to(name)
        (folder / CURRENT).replace(home / CURRENT)
