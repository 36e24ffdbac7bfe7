"""The data files of a course are there, and are what the manifest pins."""

from __future__ import annotations

import hashlib
from pathlib import Path

from courses.authoring.manifest import MANIFEST, Course, DataFile
from spawners.errors import InvalidInput


def require_data(folder: Path, course: Course) -> None:
    """Raise InvalidInput unless each data file is in `folder` and has the SHA-256 pinned for it.

    It names the manifest, every key that is wrong, and the right sum.
    """
    wrong = [said for one in course.data if (said := _problem(folder, one))]
    if wrong:
        raise InvalidInput(
            "\n".join(f"{folder / MANIFEST}: {said}" for said in wrong),
            hint="A pinned file that was changed on purpose gets its new sum, and the course a "
            "new version.",
        )


def _problem(folder: Path, one: DataFile) -> str:
    path = folder / one.path
    key = f"data[{one.path}]"
    if not path.resolve().is_relative_to(folder.resolve()):
        return f"{key}.path: it leads out of the course. Copy the file into the course's folder."
    if not path.is_file():
        return f"{key}.path: there is no such file. Add it, or mend the path."
    if one.sha256 is None:
        return ""
    try:
        found = sha256(path)
    except OSError as error:
        return f"{key}.path: it cannot be read: {error.strerror}. Mend its mode."
    if found == one.sha256:
        return ""
    return f'{key}.sha256: the file is another one. Bring it back, or write sha256 = "{found}".'


def sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
