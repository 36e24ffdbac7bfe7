"""Which files are a course's own, and the hash over all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from courses.authoring import manifest
from courses.authoring.data_files import sha256
from spawners.errors import InvalidInput

SANITIZE = "sanitize.cfg"
"""What an author's comparison leaves out (nbval's format); no trainee needs it."""

_CACHES = ("__pycache__", "node_modules")


def content_files(folder: Path) -> list[Path]:
    """Return the course's own files, as sorted paths inside `folder`.

    Hidden files and caches are not content. Raises InvalidInput for a link, a device or a pipe.
    """
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if _is_content(one)]
        for name in [*files, *folders]:
            path = Path(root, name)
            if not _is_content(name):
                continue
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise InvalidInput(
                    f"{path}: neither a file nor a folder.",
                    hint="A course holds its own files: copy in what the link points to.",
                )
            if path.is_file():
                found.append(path.relative_to(folder))
    return sorted(found, key=lambda path: path.as_posix())


def _is_content(name: str) -> bool:
    return not name.startswith(".") and name not in _CACHES and not name.endswith(".pyc")


def content_hash(folder: Path, files: Sequence[Path] | None = None) -> str:
    """Return the SHA-256 (hex) over every file of the course: its path and its bytes.

    `files` are what `content_files` has just returned, where somebody has asked it already.
    """
    total = hashlib.sha256()
    for path in content_files(folder) if files is None else files:
        digest = sha256(folder / path)
        # A path holds no NUL, so no two courses spell the same bytes here.
        total.update(f"{path.as_posix()}\0{digest}\0".encode(errors="surrogateescape"))
    return total.hexdigest()


def require_notebooks(
    folder: Path, course: manifest.Course, files: Sequence[Path] | None = None
) -> None:
    """Raise InvalidInput for a lesson whose notebook is not among the course's files.

    `files` as for `content_hash`.
    """
    found = content_files(folder) if files is None else files
    names = {path.as_posix() for path in found}
    for lesson in course.lessons:
        if lesson.notebook not in names:
            raise InvalidInput(
                f"{folder / manifest.MANIFEST}: lesson {lesson.id}: "
                f"there is no notebook {lesson.notebook}.",
                hint="Mend the key `notebook`, or add the file.",
            )
