"""The notebook that an instructor writes, and the versions made of it. Pure but for `read`.

The trainee version is what `nbgrader generate_assignment` (0.9) makes of the same notebook, up to
metadata; cell ids stay for ever. Only a marker without its other half, or what is nearly a marker,
is refused here and not there: it may be a solution that nobody would take out.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from courses.authoring import grading, stubs
from courses.authoring.cell_lines import cell_lines
from courses.authoring.exercises import exercise_calls
from courses.authoring.regions import Kind, UnpairedError, cleared, misspelt
from spawners.errors import InvalidInput

# What tools note of the instructor's own run: times, names, widget views, paths.
_CELL_TRACES = (
    "execution",
    "ExecuteTime",
    "executionInfo",
    "outputId",
    "papermill",
    "collapsed",
    "scrolled",
)
_NOTEBOOK_TRACES = ("widgets", "papermill", "celltoolbar", "signature")


@dataclass(frozen=True)
class Source:
    """A source notebook: its name for people, its content, and where each cell starts."""

    name: str
    notebook: NotebookNode
    lines: Mapping[str, int]
    """Cell id -> the line of the .ipynb file at which the cell's JSON starts, from 1."""

    def place(self, cell_id: str) -> str:
        """Say where a cell is: `lesson.ipynb:12`."""
        return f"{self.name}:{self.lines.get(cell_id, 1)}"


def read(path: Path, name: str = "") -> Source:
    """Read a notebook file. Raises InvalidInput naming file, cell and fix."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path}: cannot be read: {error}.", hint="Mend the file, or its entry in course.toml."
        ) from None
    return parse(text, name or path.name)


def parse(text: str, name: str) -> Source:
    """Turn the text of an .ipynb file into a Source. Raises InvalidInput."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise InvalidInput(
            f"{name}: not JSON: {error}.", hint="Save it again in Jupyter."
        ) from None
    _require_lasting_ids(raw, name)
    try:
        nbformat.validate(raw)
    except nbformat.ValidationError as error:
        problem = str(error).splitlines()[0]
        raise InvalidInput(
            f"{name}: not a valid notebook: {problem}.", hint="Save it again in Jupyter."
        ) from None
    return Source(name, nbformat.reads(text, as_version=4), cell_lines(text))


def _require_lasting_ids(raw: Any, name: str) -> None:  # noqa: ANN401  it may be any JSON
    # Before nbformat sees it: that would make up missing ids and mend double ones, anew each time.
    notebook = raw if isinstance(raw, dict) else {}
    cells = notebook.get("cells")
    named = [one for one in cells if isinstance(one, dict)] if isinstance(cells, list) else []
    ids = [one["id"] for one in named if isinstance(one.get("id"), str)]
    format_4_5 = notebook.get("nbformat") == 4 and notebook.get("nbformat_minor") in range(5, 100)
    if not format_4_5 or not isinstance(cells, list) or len(ids) != len(cells):
        raise InvalidInput(
            f"{name}: not a notebook of format 4.5, with an id for every cell.",
            hint="Open it in JupyterLab and save it: that gives every cell a lasting id.",
        )
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise InvalidInput(
            f"{name}: more than one cell has the id {', '.join(twice)}.",
            hint="Delete the copy's id in a text editor and save it in JupyterLab.",
        )


def trainee_version(source: Source) -> NotebookNode:
    """Return a copy without solutions, hidden tests, mark schemes and outputs; cell ids stay.

    Raises InvalidInput naming notebook, cell id and line where markers do not pair up.
    """
    return _version(source, tuple(Kind))


def untouched_version(source: Source) -> NotebookNode:
    """Return what the checks meet when a trainee has changed nothing: hidden tests are there.

    Raises InvalidInput as `trainee_version` does.
    """
    return _version(source, (Kind.SOLUTION,))


def checked_cells(source: Source) -> tuple[str, ...]:
    """Return the ids of the cells that judge an exercise, in their order.

    Those are nbgrader's autograder tests, and the cells that call `exercise` of courses.learn.
    """
    calls = exercise_calls(source.notebook)
    return tuple(
        cell.id for cell in source.notebook.cells if grading.is_test(cell) or cell.id in calls
    )


def _version(source: Source, kinds: Iterable[Kind]) -> NotebookNode:
    notebook = copy.deepcopy(source.notebook)
    for cell in notebook.cells:
        cell.source = _cleared(source, cell, kinds)
        _strip(cell)
        grading.lock(cell)
    for key in _NOTEBOOK_TRACES:
        notebook.metadata.pop(key, None)
    return notebook


def _cleared(source: Source, cell: NotebookNode, kinds: Iterable[Kind]) -> str:
    stub = _stub(source, cell)
    _require_no_misspelt_marker(source, cell)
    try:
        text = cleared(cell.source, stub, kinds)
    except UnpairedError as error:
        raise InvalidInput(
            f"{source.place(cell.id)}: cell {cell.id}, line {error.line} of the cell: "
            f"{error.problem}.",
            hint="Put each region between one BEGIN line and one END line in the same cell.",
        ) from None
    return "\n".join(stub) if grading.is_solution_throughout(cell) else text


def _require_no_misspelt_marker(source: Source, cell: NotebookNode) -> None:
    # In a text cell `### Begin solution` is a heading. In code, what it begins would be given away.
    found = misspelt(cell.source) if cell.cell_type == "code" else None
    if found:
        line, meant = found
        raise InvalidInput(
            f"{source.place(cell.id)}: cell {cell.id}, line {line} of the cell: "
            f"this is nearly the marker `### {meant}`, and counts for nothing.",
            hint="Write it as the marker is written, or word the comment otherwise.",
        )


def _stub(source: Source, cell: NotebookNode) -> tuple[str, ...]:
    if cell.cell_type != "code":
        return stubs.TEXT_STUB
    language = stubs.language(source.notebook)
    stub = stubs.code_stub(language)
    if stub is None and grading.holds_a_solution(cell):
        raise InvalidInput(
            f"{source.place(cell.id)}: cell {cell.id}: no solution in {language} can be taken out.",
            hint="Mend `language` in the notebook's kernelspec, or keep the solution elsewhere.",
        )
    return stub or ()


def _strip(cell: NotebookNode) -> None:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    for key in _CELL_TRACES:
        cell.metadata.pop(key, None)
    # nbgrader leaves them (its issue 1782): pictures of a solution that is gone.
    shown = {
        name: one for name, one in cell.get("attachments", {}).items() if _shows(cell.source, name)
    }
    if cell.pop("attachments", None) is not None and shown:
        cell.attachments = shown


def _shows(text: str, attachment: str) -> bool:
    return any(f"attachment:{name}" in text for name in (attachment, quote(attachment)))
