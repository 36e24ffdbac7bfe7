"""A course folder's content hash, and its trainee version."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import nbformat

from courses.authoring import manifest
from courses.authoring.language import LOCALE, notebook_in, targets
from courses.authoring.source import read, trainee_version
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


def content_hash(folder: Path) -> str:
    """Return the SHA-256 (hex) over every file of the course: its path and its bytes."""
    total = hashlib.sha256()
    for path in content_files(folder):
        with (folder / path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # A path holds no NUL, so no two courses spell the same bytes here.
        total.update(f"{path.as_posix()}\0{digest}\0".encode(errors="surrogateescape"))
    return total.hexdigest()


def require_notebooks(folder: Path, course: manifest.Course) -> None:
    """Raise InvalidInput for a lesson whose notebook is not among the course's files."""
    files = {path.as_posix() for path in content_files(folder)}
    for lesson in course.lessons:
        if lesson.notebook not in files:
            raise InvalidInput(
                f"{folder / manifest.MANIFEST}: lesson {lesson.id}: "
                f"there is no notebook {lesson.notebook}.",
                hint="Mend the key `notebook`, or add the file.",
            )


def build(source_folder: Path, target_folder: Path) -> None:
    """Write the trainee version of a course into `target_folder`, which must be new or empty.

    Each lesson is there in each of the course's languages. Every notebook is cleared, whether a
    lesson or not: solutions hide nowhere. Raises InvalidInput.
    """
    course = manifest.load(source_folder)
    require_notebooks(source_folder, course)
    _require_free_names(source_folder, course)
    target_folder.mkdir(parents=True, exist_ok=True)
    if any(target_folder.iterdir()):
        raise InvalidInput(f"{target_folder}: not empty.", hint="Build into a new folder.")
    for path in content_files(source_folder):
        if path.as_posix() == SANITIZE or path.parts[0] == LOCALE:
            continue
        target = target_folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            _write(target, trainee_version(read(source_folder / path, path.as_posix())))
        else:
            shutil.copyfile(source_folder / path, target)
    _build_lessons(source_folder, course, target_folder)


def _require_free_names(folder: Path, course: manifest.Course) -> None:
    files = {path.as_posix() for path in content_files(folder)}
    for lesson in course.lessons:
        for language in targets(course):
            name = notebook_in(lesson.notebook, language, course.language)
            if name in files:
                raise InvalidInput(
                    f"{folder / name}: this is to be the {language} notebook of {lesson.notebook}.",
                    hint=f"Rename the file: its translation is in {LOCALE}/{language}.po.",
                )


def _build_lessons(folder: Path, course: manifest.Course, target_folder: Path) -> None:
    # Only here, so that a session can hash a course: it has no library for translations.
    from courses.authoring.translation import lessons

    for path, notebook in lessons.trainee_notebooks(folder, course):
        _write(target_folder / path, notebook)


def _write(path: Path, notebook: nbformat.NotebookNode) -> None:
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
