"""The lessons of a course as trainees get them: one notebook for each language."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from courses.authoring.language import notebook_in, targets
from courses.authoring.manifest import Course
from courses.authoring.source import read, trainee_version
from courses.authoring.translation import strings
from courses.authoring.translation.notebooks import translated
from courses.authoring.translation.passages import passages
from courses.authoring.translation.report import merged_from


def trainee_notebooks(folder: Path, course: Course) -> Iterator[tuple[str, NotebookNode]]:
    """Return each lesson's path and notebook, in the source's language first.

    The marks `# translate` are for authors: they are in none of them.
    Raises InvalidInput for a notebook or a .po file that is damaged.
    """
    texts = passages(folder, course)
    others = {one: merged_from(folder, one, texts).translations for one in targets(course)}
    for lesson in course.lessons:
        source = trainee_version(read(folder / lesson.notebook, lesson.notebook))
        yield lesson.notebook, _without_marks(source)
        for language, translations in others.items():
            notebook = translated(source, lesson.id, language, translations)
            path = notebook_in(lesson.notebook, language, course.language)
            yield path, _without_marks(notebook)


def _without_marks(notebook: NotebookNode) -> NotebookNode:
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = strings.without_marks(str(cell.source))
    return notebook
