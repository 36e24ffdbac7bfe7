"""Any notebook that nbformat can read -> one that a course can have, and what was changed. Pure.

The same text gives the same notebook, cell ids too: importing twice makes no difference.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

import nbformat
from nbformat import NotebookNode

from courses.authoring import grading
from courses.authoring.importing.notes import Note
from courses.authoring.kernelspec import PYTHON_KERNEL
from courses.authoring.source import Source, trainee_version
from spawners.errors import InvalidInput

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def read(text: str, name: str) -> NotebookNode:
    """Read a notebook of any version of the format, as version 4. Raises InvalidInput."""
    try:
        notebook = nbformat.reader.reads(text)
        if notebook.nbformat < 4:
            notebook = nbformat.convert(notebook, 4)
            for cell in notebook.cells:
                cell.pop("id", None)  # nbformat makes it up, another each time
        return _sound(notebook)
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        problem = str(error).partition("\n")[0][:200]
        raise InvalidInput(
            f"{name}: not a notebook: {problem}.", hint="Save it again in Jupyter."
        ) from None


def _sound(notebook: NotebookNode) -> NotebookNode:
    trial = copy.deepcopy(notebook)
    _name_cells(trial)
    trial.nbformat_minor = max(5, trial.nbformat_minor)
    nbformat.validate(trial)
    nbformat.writes(trial).encode()  # a lone surrogate cannot be written again
    return notebook


def adopted(
    notebook: NotebookNode,
    name: str,
    header: Sequence[NotebookNode] = (),
    footer: Sequence[NotebookNode] = (),
    markers: Mapping[str, str] | None = None,
) -> tuple[NotebookNode, tuple[Note, ...]]:
    """Return the notebook as a lesson, between these cells, and what the author should know.

    `markers`: other words for those that mark a region -> the words that do.
    """
    lesson = copy.deepcopy(notebook)
    lesson.cells = [copy.deepcopy(cell) for cell in (*header, *lesson.cells, *footer)]
    said: list[str] = []
    for cell in lesson.cells:
        _respell(cell, markers or {})
    said += _mind_grading(lesson)
    said += _name_cells(lesson)
    said += _drop_unrun_outputs(lesson)
    said += _choose_kernel(lesson)
    if (lesson.nbformat, lesson.nbformat_minor) < (4, 5):
        lesson.nbformat_minor = 5
    said += _warnings(lesson, name)
    return lesson, tuple(Note(name, text) for text in said)


def _respell(cell: NotebookNode, markers: Mapping[str, str]) -> None:
    for theirs, ours in markers.items():
        cell.source = cell.source.replace(theirs, ours)


def _mind_grading(lesson: NotebookNode) -> Iterator[str]:
    seen: set[str] = set()
    for cell in lesson.cells:
        version = cell.metadata.get("nbgrader", {}).get("schema_version", 0)
        if isinstance(version, int) and version > grading.SCHEMA_VERSION:
            yield f"nbgrader metadata of version {version} is read as {grading.SCHEMA_VERSION}."
        grading.upgrade(cell)
        if problem := grading.problem(cell):
            yield f"nbgrader would refuse the cell that begins {_beginning(cell)}: {problem}."
        name = grading.grade_id(cell)
        if name and name in seen:
            # Not cleared, as nbgrader's autograder would: a solution would be one no more.
            cell.metadata["nbgrader"]["grade_id"] = free = _free(name, seen)
            yield f"a second cell had the grade_id {name}: it is {free} now."
        seen.add(grading.grade_id(cell))


def _name_cells(lesson: NotebookNode) -> Iterator[str]:
    """Give every cell an id of its own; those that are sound stay."""
    # The whole of it at once: a caller that does not listen to what is said has it done too.
    said = []
    taken: set[str] = set()
    kept = {str(cell.get("id")) for cell in lesson.cells}
    added = 0
    for position, cell in enumerate(lesson.cells):
        old = cell.get("id")
        if isinstance(old, str) and _ID.fullmatch(old) and old not in taken:
            taken.add(old)
            continue
        cell["id"] = _new_id(position, cell, taken | kept)
        taken.add(cell["id"])
        if old is None:
            added += 1
        else:
            said.append(f"the id {old!r} is no id, or another cell's: it is {cell['id']} now.")
    if added:
        said.insert(0, f"cells without an id got one: {added}.")
    return iter(said)


def _new_id(position: int, cell: NotebookNode, taken: set[str]) -> str:
    name = grading.grade_id(cell)
    if not _ID.fullmatch(name):
        content = f"{position}\0{cell.cell_type}\0{cell.source}"
        name = hashlib.sha256(content.encode()).hexdigest()[:12]
    return _free(name[:60], taken) if name in taken else name


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


def _drop_unrun_outputs(lesson: NotebookNode) -> Iterator[str]:
    code = [cell for cell in lesson.cells if cell.cell_type == "code" and cell.source.strip()]
    for cell in code:
        if cell.outputs and cell.execution_count is None:
            cell.outputs = []
            yield f"the cell {cell.id} has outputs and was never run: they are dropped."
    if code and all(cell.execution_count is None for cell in code):
        yield "it was never run, so there are no outputs to compare with: run it, and save it."


def _choose_kernel(lesson: NotebookNode) -> Iterator[str]:
    spec = lesson.metadata.get("kernelspec", {})
    named = str(spec.get("name", ""))
    guess = named if named and not named.startswith("python") else "python"
    language = spec.get("language") or lesson.metadata.get("language_info", {}).get("name")
    language = str(language or guess)
    if language.lower() in ("python", "ipython"):
        lesson.metadata["kernelspec"] = NotebookNode(PYTHON_KERNEL)
        if named != PYTHON_KERNEL["name"]:
            yield f"its kernel was {named or 'not named'}: it is {PYTHON_KERNEL['name']} now."
        return
    lesson.metadata["kernelspec"] = NotebookNode(
        {"display_name": named, **spec, "name": named, "language": language}
    )
    yield f"it is in {language}: it is checked where there is a kernel {named or language}."


def _warnings(lesson: NotebookNode, name: str) -> Iterator[str]:
    for cell in lesson.cells:
        if cell.cell_type == "code" and re.search(
            r"^\s*#.*\bAUTOTEST\b", cell.source, re.MULTILINE
        ):
            yield f"the cell {cell.id} has AUTOTEST lines: no tests are made of them."
    try:
        trainee_version(Source(name, lesson, {}))
    except InvalidInput as error:
        yield f"there is no version for trainees before this is mended: {error.message}"


def _beginning(cell: NotebookNode) -> str:
    return repr(str(cell.source).partition("\n")[0][:40])
