"""An archive from a stranger, into a folder: plain files only, and never more than was allowed.

`tarfile` reads the headers. It extracts nothing: every file is made new, here, with a mode of ours.
Not every Python 3.11 has its extraction filters, and they let links and overwriting through.
"""

from __future__ import annotations

import shutil
import tarfile
import unicodedata
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, cast

from courses.authoring.sums import inside
from spawners.errors import InvalidInput

_CHUNK = 64 * 1024
# More than a piece of a file, and far more than the header of any name takes.
_LONGEST_READ = 128 * 1024
_GZIP = 16 + zlib.MAX_WBITS
_HINT = "Have it exported again with `onboard course export`; do not take it from a stranger."
_KINDS = {
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
    tarfile.DIRTYPE: "a folder",
}


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold. Sizes in bytes."""

    files: int = 10_000
    """How many files, and folders for them, together."""
    file_bytes: int = 2 * 1024**3
    total_bytes: int = 8 * 1024**3
    ratio: int = 200
    """How many times larger than its packed form; looked at only beyond `ratio_from_bytes`."""
    ratio_from_bytes: int = 64 * 1024**2

    def require(self, files: int, largest: int, total: int, name: str) -> None:
        """Raise InvalidInput for more than is allowed."""
        if files > self.files:
            raise _refused(name, f"holds more than {self.files} files and folders")
        if largest > self.file_bytes:
            raise _refused(name, f"holds a file of more than {self.file_bytes} bytes")
        if total > self.total_bytes:
            raise _refused(name, f"holds more than {self.total_bytes} bytes")


LIMITS = Limits()


def folders_of(path: str) -> tuple[str, ...]:
    """Return the folders that a file's path needs, the outermost first."""
    return tuple(str(one) for one in reversed(PurePosixPath(path).parents[:-1]))


def gunzip(packed: IO[bytes], out: IO[bytes], limits: Limits, name: str) -> None:
    """Unpack one gzip stream piece by piece, and stop as soon as it grows beyond the limits.

    Raises InvalidInput, also for what stands behind its end, and OSError.
    """
    stream, read, written = zlib.decompressobj(_GZIP), 0, 0
    # What its headers and padding may add to what the files hold.
    most = limits.total_bytes + limits.files * 2048 + 20480
    while not stream.eof:
        piece = stream.unconsumed_tail or packed.read(_CHUNK)
        if not piece:
            raise _refused(name, "is cut short")
        if not stream.unconsumed_tail:
            read += len(piece)
        try:
            plain = stream.decompress(piece, 1024**2)
        except zlib.error:
            raise _refused(name, "is not a sound .tar.gz") from None
        written += out.write(plain)
        if written > most:
            raise _refused(name, f"holds more than {limits.total_bytes} bytes")
        if written > limits.ratio_from_bytes and written > limits.ratio * read:
            raise _refused(name, f"unpacks to more than {limits.ratio} times its size")
    if stream.unused_data or packed.read(1):
        raise _refused(name, "has something behind its end")


class _ShortReads:
    """A file of which little is read at once: `tarfile` takes a header into memory as a whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_READ:
            raise tarfile.ReadError("a header is too long")
        return self._file.read(size)


@dataclass
class Unpacker:
    """Makes the files of one archive, one by one, in an empty folder."""

    archive: Path
    target: Path
    limits: Limits
    _top: str = ""
    _total: int = 0
    _seen: dict[str, str] = field(default_factory=dict)

    def unpack(self, file: IO[bytes]) -> None:
        """Read a plain tar file, which must be seekable. Raises InvalidInput and OSError."""
        try:
            with tarfile.open(fileobj=cast(IO[bytes], _ShortReads(file)), mode="r:") as tar:
                for member in tar:
                    self._admit(member)
                    content = tar.extractfile(member)
                    if content is None:
                        raise self._refuse(f"holds {member.name!a}, which is no file")
                    self._make(member, content)
                self._require_end(file, tar.offset)
        except (tarfile.TarError, ValueError, ArithmeticError, EOFError, RecursionError) as error:
            raise self._refuse(f"is not a sound .tar.gz: {str(error)[:200]!a}") from None
        if not self._seen:
            raise self._refuse("holds nothing")

    def _admit(self, member: tarfile.TarInfo) -> None:
        if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
            kind = _KINDS.get(member.type, "something")
            raise self._refuse(f"holds {kind}, {member.name!a}, not only plain files")
        if member.size < 0:
            raise self._refuse(f"holds {member.name!a} of an impossible size")
        self._total += member.size

    def _make(self, member: tarfile.TarInfo, content: IO[bytes]) -> None:
        path = self._path(member.name)
        self.limits.require(len(self._seen), member.size, self._total, str(self.archive))
        place = self.target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as out:
            shutil.copyfileobj(content, out, _CHUNK)
        if place.stat().st_size != member.size:
            raise self._refuse("is cut short")

    def _path(self, name: str) -> str:
        try:
            top, *rest = PurePosixPath(inside(name)).parts
        except ValueError:
            raise self._refuse(f"holds {name!a}, which leads elsewhere") from None
        self._top = self._top or top
        if not rest or top != self._top:
            raise self._refuse(f"holds {name!a}, which is not in its one folder")
        path = "/".join(rest)
        for folder in folders_of(path):
            self._note(f"{folder}/")
        self._note(path)
        return path

    def _note(self, path: str) -> None:
        """Note a file, or a folder, which ends in a slash. Raises InvalidInput for a taken name."""
        # Some file systems take names for the same that differ in case or accents' spelling.
        plain = unicodedata.normalize("NFC", path.rstrip("/")).casefold()
        other = self._seen.get(plain)
        if other is None:
            self._seen[plain] = path
        elif other.endswith("/") != path.endswith("/"):
            raise self._refuse(f"holds {path!a} both as a file and as a folder")
        elif other != path:
            raise self._refuse(f"holds {path!a} and {other!a}, the same but for its case")
        elif not path.endswith("/"):
            raise self._refuse(f"holds {path!a} twice")

    def _require_end(self, file: IO[bytes], end: int) -> None:
        """A tar file ends with two empty blocks, filled up with empty ones: nothing hides there."""
        file.seek(end)
        rest = 0
        while piece := file.read(_CHUNK):
            if piece.strip(b"\0"):
                raise self._refuse("has something behind its end")
            rest += len(piece)
        if rest < 2 * tarfile.BLOCKSIZE:
            raise self._refuse("is cut short")

    def _refuse(self, problem: str) -> InvalidInput:
        return _refused(str(self.archive), problem)


def _refused(name: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{name}: {problem}.", hint=_HINT)
