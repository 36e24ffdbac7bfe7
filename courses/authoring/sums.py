"""A release's manifest of sums: every file of it, and the hash over all of them.

`sums.json` covers every file of the release but itself and the validation record, which is signed
and names the same content.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError

from courses.authoring.canonical import canonical
from courses.authoring.manifest_tables import Sha256
from spawners.errors import InvalidInput
from spawners.machine import Model

SUMS = "sums.json"
RECORD = "record.json"
OWN_FILES = frozenset({SUMS, RECORD})
"""What a release holds for itself: no file of the course, and no trainee gets it."""

MOST_BYTES = 32 * 1024**2
"""How large each of these two may be."""

Snapshot = tuple[tuple[str, int, int, int, int, int], ...]
"""Each path of a folder with mode, inode, size in bytes, and times of change in nanoseconds."""

_AGAIN = "Publish the course again from its source."
_MODES = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX | stat.S_IWOTH


def inside(path: str) -> str:
    """Return the path of a release's file as it is. Raises ValueError for one that leads out."""
    pure = PurePosixPath(path)
    odd = not path.isprintable() or "\\" in path or len(path.encode()) > 1000
    hidden = any(part.startswith(".") for part in pure.parts)
    if odd or hidden or pure.is_absolute() or not pure.parts or str(pure) != path:
        raise ValueError("must be the plain path of a file inside the release")
    return path


class FileSum(Model):
    """One file's content."""

    sha256: Sha256
    size: Annotated[int, Field(ge=0)]
    """In bytes."""


class Sums(Model):
    """What `sums.json` says. Paths are inside the release, with / between folders."""

    format: Literal[1] = 1
    content_hash: Sha256
    """Of the source that the release was built from."""
    files: Mapping[Annotated[str, AfterValidator(inside)], FileSum]
    release_hash: Sha256
    """Over all of the above."""
    key: str = ""
    """The public key (hex) of whoever built the release, and their signature of all else here."""
    signature: str = ""


def write(folder: Path, content_hash: str) -> Sums:
    """Write the sums of a built folder into it. Raises InvalidInput for what no release may hold.

    `content_hash` is that of the source it was built from.
    """
    found = _plain_files(folder, snapshot(folder))
    files = {path: _sum(folder / path) for path in found if path not in OWN_FILES}
    draft = _checked(
        folder, {"content_hash": content_hash, "files": files, "release_hash": "0" * 64}
    )
    sums = draft.model_copy(update={"release_hash": _release_hash(draft)})
    save(folder, sums)
    return sums


def save(folder: Path, sums: Sums) -> None:
    """Write these sums into the folder as they are."""
    (folder / SUMS).write_text(sums.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read(folder: Path) -> Sums:
    """Read the sums of a release, unverified but for their own hash. Raises InvalidInput."""
    try:
        sums = Sums.model_validate_json(read_small(folder / SUMS))
    except ValidationError as error:
        raise InvalidInput(f"{folder / SUMS}: damaged: {error}", hint=_AGAIN) from None
    if sums.release_hash != _release_hash(sums):
        raise InvalidInput(f"{folder / SUMS}: changed: its own hash is wrong.", hint=_AGAIN)
    return sums


def read_small(path: Path) -> bytes:
    """Return a file's bytes, at most 32 MiB. Raises InvalidInput; follows no link."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123  pathlib opens no descriptor
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise InvalidInput(f"{path}: is missing.", hint=_AGAIN) from None
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}.", hint=_AGAIN) from None
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"{path}: larger than {MOST_BYTES} bytes.", hint=_AGAIN)
    return content


def verify(folder: Path) -> Sums:
    """Compare a release with its sums, to the last byte, and return them.

    Raises InvalidInput naming the first file that is wrong, missing, too many, or none at all: a
    link, a device, hidden, or with a mode that lets others change it.
    """
    sums = read(folder)
    wanted = dict(sums.files)
    found = _plain_files(folder, snapshot(folder), wanted)
    for path in sorted({*found, *wanted} - OWN_FILES):
        if path not in found:
            raise InvalidInput(f"{folder / path}: is missing.", hint=_AGAIN)
        if path not in wanted:
            raise InvalidInput(f"{folder / path}: is not in {SUMS}.", hint=_AGAIN)
        if found[path] != wanted[path].size or _sum(folder / path) != wanted[path]:
            raise InvalidInput(f"{folder / path}: changed: not what {SUMS} says.", hint=_AGAIN)
    return sums


def snapshot(folder: Path) -> Snapshot:
    """Return all that is in a folder without reading a file: the same as long as nothing changed.

    Raises OSError.
    """
    return tuple(sorted(_walk(str(folder), "")))


def _walk(folder: str, before: str) -> Iterator[tuple[str, int, int, int, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path, now = before + entry.name, entry.stat(follow_symlinks=False)
            times = now.st_mtime_ns, now.st_ctime_ns
            yield (path, now.st_mode, now.st_ino, now.st_size, *times)
            if stat.S_ISDIR(now.st_mode):
                yield from _walk(entry.path, f"{path}/")


def _plain_files(folder: Path, entries: Snapshot, wanted: Iterable[str] = ()) -> dict[str, int]:
    """Return each file's size. Raises InvalidInput for what is neither a file nor in use.

    `wanted` are files that should be there: their folders are in use, though they may be empty.
    """
    files = {path: size for path, mode, _, size, *_ in entries if stat.S_ISREG(mode)}
    used = {str(parent) for path in (*files, *wanted) for parent in PurePosixPath(path).parents}
    for path, mode, *_ in entries:
        if problem := _problem(path, mode, used):
            # A hostile name is not for a terminal.
            shown = path if path.isprintable() else ascii(path)
            raise InvalidInput(f"{folder}/{shown}: {problem}.", hint=_AGAIN)
    return files


def _problem(path: str, mode: int, used: set[str]) -> str:
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return "neither a file nor a folder (a link, a device or a pipe)"
    if mode & (_MODES if stat.S_ISREG(mode) else stat.S_IWOTH):
        return f"its mode {stat.S_IMODE(mode):04o} is none for a release"
    if stat.S_ISDIR(mode) and path not in used:
        return "an empty folder"
    try:
        inside(path)
    except ValueError:
        return "hidden, or not the name of a release's file"
    return ""


def _sum(path: Path) -> FileSum:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:  # noqa: PTH123
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileSum(sha256=digest, size=file.tell())
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}.", hint=_AGAIN) from None


def _release_hash(sums: Sums) -> str:
    without = frozenset({"release_hash", "key", "signature"})
    return hashlib.sha256(canonical(sums, without=without)).hexdigest()


def _checked(folder: Path, said: Mapping[str, object]) -> Sums:
    try:
        return Sums.model_validate(said)
    except ValidationError as error:
        raise InvalidInput(f"{folder}: {error}", hint="Rename what it names.") from None
