"""What is wrong with the hints and quizzes in a notebook's metadata, each with its fix. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from courses.authoring import exercise_hints, stubs
from courses.authoring.asking import asking_cells
from courses.authoring.cell_metadata import invalid
from courses.authoring.metadata_key import KEY
from courses.authoring.plain_text import question_in
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from courses.authoring.source import Source

_Mistake = tuple[str, str, str]
"""The key, what is wrong with it, and the fix."""


@dataclass(frozen=True)
class MetadataProblem:
    """One mistake: `place` is `notebook:line`, `key` the path below the cell's metadata."""

    place: str
    cell: str
    key: str
    said: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: cell {self.cell}: {self.key}: {self.said}. {self.fix}"


def check_metadata(source: Source) -> tuple[MetadataProblem, ...]:
    """Return every mistake in the hints and quizzes of a notebook, in the order of its cells."""
    notebook = source.notebook
    ours = {cell.id: cell.metadata[KEY] for cell in notebook.cells if KEY in cell.metadata}
    wrong = {cell_id: tuple(invalid(one)) for cell_id, one in ours.items()}
    hints = {
        cell_id: one["hints"]
        for cell_id, one in ours.items()
        if not wrong[cell_id] and one.get("hints")
    }
    misplaced = exercise_hints.misplaced(notebook, hints)
    return tuple(
        MetadataProblem(source.place(cell.id), cell.id, key, said, fix)
        for cell in notebook.cells
        if cell.id in ours
        for key, said, fix in (
            *wrong[cell.id],
            *_of_quiz(cell, notebook),
            *_of_hints(misplaced.get(cell.id, "")),
        )
    )


def require_sound_metadata(source: Source) -> None:
    """Raise InvalidInput that says all that `check_metadata` finds."""
    if found := check_metadata(source):
        raise InvalidInput(
            "\n".join(str(one) for one in found), hint="docs/courses.md says what each key means."
        )


def _of_quiz(cell: NotebookNode, notebook: NotebookNode) -> Iterator[_Mistake]:
    key = f"{KEY}.quiz"
    if not isinstance(cell.metadata[KEY], Mapping) or "quiz" not in cell.metadata[KEY]:
        return
    if cell.cell_type != "markdown":
        yield key, "a quiz stands in a text cell", "Move it: the text asks the question."
        return
    if not question_in(cell.source):
        yield key, "the cell has no words", "Write the question into it."
    if stubs.language(notebook) != "python":
        yield key, "only a Python kernel can ask it", "Ask it in a notebook of Python."
    asking = asking_cells(notebook).get(cell.id)
    if asking in {one.id for one in notebook.cells}:
        fix = "Give that cell another id, in a text editor."
        yield key, f"trainees get it in a cell {asking}, and there is one of that id", fix


def _of_hints(reason: str) -> Iterator[_Mistake]:
    if reason:
        fix = "Keep hints with one exercise: in the metadata, or in its call."
        yield f"{KEY}.hints", reason, fix
