"""What a course folder of a workspace remembers of the releases that its files came from.

`.onboard-release.json` says it of each file. Of a notebook there is also a copy as it was published
(`.onboard/base`): the release itself may be gone when its successor comes, and without it nobody
can tell the trainee's changes from the course's.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MEMORY = ".onboard-release.json"
"""Per course: `{"files": {path: release it came from}, "sums": {path: SHA-256 there}}`."""
HIDDEN = ".onboard"
"""Per course: our folder. No trainee sees it in JupyterLab."""
_DRAFT = ".bringing-"
DRAFTS = f"{_DRAFT}????????"
"""In the course: what a file of ours is called that was killed while it was written."""


@dataclass(frozen=True)
class Memory:
    """By path in the course: the release that a file came from, and its SHA-256 in it."""

    files: dict[str, str] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)

    def with_file(self, file: str, release: str, file_sum: str) -> Memory:
        """Return a memory that also knows this file."""
        return Memory({**self.files, file: release}, {**self.sums, file: file_sum})


def remembered(course: Path) -> Memory:
    """Read what the course folder remembers; what is lost or broken is not known any more."""
    try:
        raw = json.loads((course / MEMORY).read_text(encoding="utf-8"))
    except (FileNotFoundError, PermissionError, ValueError, RecursionError):
        return Memory()
    if not isinstance(raw, dict):
        return Memory()
    return Memory(_texts(raw.get("files")), _texts(raw.get("sums")))


def _texts(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict):
        return {}
    return {key: value for key, value in raw.items() if isinstance(value, str)}


def remember(course: Path, memory: Memory) -> None:
    """Write the memory, all of it or nothing."""
    content = {"files": memory.files, "sums": memory.sums}
    write_whole(course, course / MEMORY, json.dumps(content, indent=1, sort_keys=True))


def write_whole(course: Path, file: Path, text: str) -> None:
    """Write one of our own files of a course, all of it or nothing; it is on the disk then."""
    handle, draft = tempfile.mkstemp(prefix=_DRAFT, dir=course)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def base_copy(course: Path, file: str) -> Path:
    """Return where the copy of a notebook is, as it was published."""
    return course / HIDDEN / "base" / file


def as_published(course: Path, file: str, memory: Memory, catalogue: Path) -> Path | None:
    """Return a file with the content that the trainee began with, or None if there is none left.

    `catalogue` is the folder with the course's releases: for workspaces without such copies.
    """
    release = memory.files.get(file, "")
    wanted = memory.sums.get(file)
    for path in (base_copy(course, file), catalogue / release / file):
        known = release and Path(release).name == release and release != ".."
        with suppress(PermissionError):
            if known and (found := sum_of(path)) and wanted in (None, found):
                return path
    return None


def sum_of(path: Path) -> str | None:
    """Return a regular file's SHA-256 (hex); None for what is no such file. Follows no link."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None
