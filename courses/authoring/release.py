"""The trainee version of a course."""

from __future__ import annotations

from pathlib import Path

import nbformat

from courses.authoring import manifest
from courses.authoring.asking import as_trainees_get_it
from courses.authoring.content import SANITIZE, content_files
from courses.authoring.helpers import copy_cleared
from courses.authoring.kernelspec import choose_the_sessions_own
from courses.authoring.language import LOCALE, notebook_in, targets
from courses.authoring.soundness import require_sound
from courses.authoring.source import read, trainee_version
from spawners.errors import InvalidInput


def build(source_folder: Path, target_folder: Path) -> None:
    """Write the trainee version of a course into `target_folder`, which must be new or empty.

    Each lesson is there in each of the course's languages. Every notebook is cleared, whether a
    lesson or not: solutions hide nowhere. Raises InvalidInput.
    """
    course = manifest.load(source_folder)
    require_sound(source_folder, course)
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
            copy_cleared(source_folder / path, target, path)
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
    built = as_trainees_get_it(notebook)
    choose_the_sessions_own(built)
    path.write_text(nbformat.writes(built), encoding="utf-8")
