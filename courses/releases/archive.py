"""A release as one file: written the same every time, and read as if an enemy had written it."""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from courses.authoring.sums import OWN_FILES
from courses.releases import drafts
from courses.releases.proof import Proof, prove
from courses.releases.unpacking import LIMITS, Limits, Unpacker, folders_of, gunzip
from spawners.errors import InvalidInput

_DRAFT = ".export"


def pack(release: Path, output: Path, limits: Limits = LIMITS) -> Proof:
    """Write a whole, verified release to `output`, a .tar.gz, in one step; return what it is.

    Sorted, without times and owners: one release always gives the same bytes. Raises InvalidInput,
    also for one that is too large for anyone to read back.
    """
    proof = prove(release)
    sizes = [one.size for one in proof.sums.files.values()]
    paths = {*proof.sums.files, *OWN_FILES}
    folders = {folder for path in paths for folder in folders_of(path)}
    with _for_whoever_exports():
        limits.require(len(paths | folders), max(sizes), sum(sizes), str(release))
    place = output.absolute().parent
    try:
        drafts.sweep(place, _DRAFT)
        with drafts.lend(place, _DRAFT) as draft:
            with (draft / "archive").open("xb") as file:
                _write(release, proof, file)
            _require_readable(draft / "archive", release, limits)
            (draft / "archive").chmod(0o644)
            (draft / "archive").replace(output)
    except OSError as error:
        raise InvalidInput(
            f"{output}: cannot be written: {error.strerror or error}.",
            hint="Make room, or name a file in a folder of yours.",
        ) from None
    return proof


def _write(release: Path, proof: Proof, file: IO[bytes]) -> None:
    with (
        gzip.GzipFile("", "wb", 9, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted({*proof.sums.files, *OWN_FILES}):
            entry = tarfile.TarInfo(f"{proof.course.id}-{proof.course.version}/{path}")
            with (release / path).open("rb") as content:
                entry.size = os.fstat(content.fileno()).st_size
                tar.addfile(entry, content)


def _require_readable(archive: Path, release: Path, limits: Limits) -> None:
    # What packs too well is refused where it is imported: better here.
    with (
        _for_whoever_exports(),
        archive.open("rb") as packed,
        Path(os.devnull).open("wb") as nowhere,
    ):
        gunzip(packed, nowhere, limits, str(release))


@contextmanager
def _for_whoever_exports() -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(
            error.message,
            hint="Nobody could import it. Give the course fewer or smaller files, or data that is "
            "packed already, and publish a new version.",
        ) from None


def unpack(archive: Path, scratch: Path, limits: Limits = LIMITS) -> Path:
    """Unpack an archive of `pack` into a new folder in `scratch`, and return that folder.

    Nothing of what it says of itself is believed: who calls this proves the release. Raises
    InvalidInput for everything but plain files in one folder, within the limits.
    """
    target, plain = scratch / "release", scratch / "release.tar"
    try:
        target.mkdir()
        with archive.open("rb") as packed, plain.open("xb") as out:
            gunzip(packed, out, limits, str(archive))
        with plain.open("rb") as file:
            Unpacker(archive, target, limits).unpack(file)
        plain.unlink()
    except OSError as error:
        raise InvalidInput(
            f"{archive}: cannot be unpacked: {error.strerror or error}.",
            hint="Make room in the folder for temporary files (TMPDIR), or see the file's mode.",
        ) from None
    return target
