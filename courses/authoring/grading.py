"""nbgrader's own metadata of a cell: what the cell is in an assignment. Pure.

nbgrader 0.9 (nbgrader/utils.py and nbgraderformat): `solution` is what the student writes, `grade`
what gives points, `task` a text that is graded by hand, `locked` what may not change.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode

from courses.authoring.regions import Kind

SCHEMA_VERSION = 3


def is_test(cell: NotebookNode) -> bool:
    """Return whether it is a cell of autograder tests."""
    return cell.cell_type == "code" and _has(cell, "grade") and not _has(cell, "solution")


def is_solution_throughout(cell: NotebookNode) -> bool:
    """Return whether the cell as a whole is a solution: marked so, and without a region."""
    return _has(cell, "solution") and f"BEGIN {Kind.SOLUTION}" not in cell.source


def holds_a_solution(cell: NotebookNode) -> bool:
    """Return whether there is a solution in it, marked in either way."""
    return _has(cell, "solution") or f"BEGIN {Kind.SOLUTION}" in cell.source


def lock(cell: NotebookNode) -> None:
    """Keep a trainee from deleting an exercise and from changing its tests, as LockCells does."""
    if "nbgrader" not in cell.metadata:
        return
    # Of the source with its solution: it would let one try out answers against it.
    _of(cell).pop("checksum", None)
    solution = _has(cell, "solution")
    if solution or _has(cell, "grade") or _has(cell, "locked"):
        cell.metadata["deletable"] = False
        if not solution:
            cell.metadata["editable"] = False


def upgrade(cell: NotebookNode) -> None:
    """Bring the metadata to nbgrader's newest schema; metadata that says nothing goes."""
    if "nbgrader" not in cell.metadata:
        return
    old = _of(cell)
    new: dict[str, Any] = {key: bool(old.get(key)) for key in ("grade", "solution", "locked")}
    new |= {key: old[key] for key in ("grade_id", "task") if key in old}
    if not any(new.get(key) for key in ("grade", "solution", "locked", "task")):
        del cell.metadata["nbgrader"]
        return
    if new["grade"] or new.get("task"):
        new["points"] = _points(old.get("points"))
    cell.metadata["nbgrader"] = NotebookNode(new | {"schema_version": SCHEMA_VERSION})


def problem(cell: NotebookNode) -> str:
    """Return why nbgrader would refuse this cell's metadata, or nothing."""
    if "nbgrader" not in cell.metadata:
        return ""
    if not isinstance(_of(cell).get("grade_id"), str) or not _of(cell)["grade_id"]:
        return "it has no grade_id"
    if _has(cell, "task"):
        return "" if cell.cell_type == "markdown" else "a task has to be a text cell"
    if cell.cell_type == "markdown" and _has(cell, "grade") != _has(cell, "solution"):
        return "a text cell is both a solution and graded, or neither"
    return ""


def grade_id(cell: NotebookNode) -> str:
    """Return nbgrader's name of the cell, or nothing."""
    return str(_of(cell).get("grade_id") or "")


def _of(cell: NotebookNode) -> dict[str, Any]:
    found = cell.metadata.get("nbgrader", {})
    return found if isinstance(found, dict) else {}


def _has(cell: NotebookNode, role: str) -> bool:
    return bool(_of(cell).get(role))


def _points(value: object) -> float:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return 0.0
