"""The notebook that an instructor writes, and the trainee version of it. Pure but for `read`.

Solutions and hidden tests are marked as nbgrader marks them (ClearSolutions, ClearHiddenTests and
ClearMarkScheme in nbgrader 0.9): a marker is any line that holds its words.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from courses.authoring.lines import cell_lines
from spawners.errors import InvalidInput

CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)
_SOLUTION = "SOLUTION"
_REGIONS = (_SOLUTION, "HIDDEN TESTS", "MARK SCHEME")
_INDENT = re.compile(r"\s*")


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
    """Return a copy without solutions, hidden tests and outputs; cell ids stay.

    Raises InvalidInput naming notebook, cell id and line where markers do not pair up.
    """
    notebook = copy.deepcopy(source.notebook)
    for cell in notebook.cells:
        cell.source = _cleared(source, cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            # Times and widget views of the instructor's own run.
            cell.metadata.pop("execution", None)
    notebook.metadata.pop("widgets", None)
    return notebook


def _cleared(source: Source, cell: NotebookNode) -> str:
    stub = CODE_STUB if cell.cell_type == "code" else TEXT_STUB
    text = str(cell.source)
    marked = "BEGIN SOLUTION" in text
    for region in _REGIONS:
        text = _without(source, cell.id, text, region, stub if region == _SOLUTION else ())
    # nbgrader: a solution cell without a region is a solution from end to end.
    if cell.metadata.get("nbgrader", {}).get("solution") and not marked:
        return "\n".join(stub)
    return text


def _without(source: Source, cell_id: str, text: str, region: str, stub: tuple[str, ...]) -> str:
    kept: list[str] = []
    begun_at = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if f"BEGIN {region}" in line:
            if begun_at:
                raise _unpaired(source, cell_id, number, f"a second BEGIN {region} before the END")
            begun_at = number
            indent = _INDENT.match(line)
            kept += [f"{indent.group() if indent else ''}{one}" for one in stub]
        elif f"END {region}" in line:
            if not begun_at:
                raise _unpaired(source, cell_id, number, f"END {region} without a BEGIN")
            begun_at = 0
        elif not begun_at:
            kept.append(line)
    if begun_at:
        raise _unpaired(source, cell_id, begun_at, f"BEGIN {region} without an END")
    return "\n".join(kept)


def _unpaired(source: Source, cell_id: str, number: int, problem: str) -> InvalidInput:
    return InvalidInput(
        f"{source.place(cell_id)}: cell {cell_id}, line {number} of the cell: {problem}.",
        hint="Put each region between one BEGIN line and one END line in the same cell.",
    )
