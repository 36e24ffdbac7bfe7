"""How the exercises of a lesson came out: solved by the author, and untouched. Pure.

An exercise is a call of `courses.learn.exercise`, which says its state in its output, or a cell
that nbgrader would grade, which raises where the answer is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from courses.learn.widgets import STATE
from courses.validation.record import ExerciseResult

RIGHT, WRONG = "right", "wrong"


def judges_something(notebook: NotebookNode, ran: Mapping[str, NotebookNode]) -> bool:
    """Return whether a run of the solved notebook has met any exercise."""
    return bool(_states(notebook, ran))


def results(
    notebook: NotebookNode,
    solved: Mapping[str, NotebookNode],
    untouched: Mapping[str, NotebookNode],
) -> tuple[ExerciseResult, ...]:
    """Put both runs side by side; `solved` and `untouched` are the cells that ran, by id."""
    with_solution = _states(notebook, solved)
    without = _states(notebook, untouched)
    return tuple(
        ExerciseResult(id=name, cell=cell, solved=state, untouched=without.get((name, cell), ""))
        for (name, cell), state in with_solution.items()
    )


def faults(exercises: Sequence[ExerciseResult]) -> dict[str, str]:
    """Return what is wrong with exercises: cell id -> a sentence."""
    found: dict[str, str] = {}
    for one in exercises:
        if one.solved != RIGHT:
            found[one.cell] = f"The solution of exercise {one.id} does not pass: {one.solved}."
        elif one.untouched == RIGHT:
            found[one.cell] = (
                f"Exercise {one.id} passes although nothing was done in it. Put its solution "
                "between ### BEGIN SOLUTION and ### END SOLUTION, or make its checks stricter."
            )
    return found


def _states(notebook: NotebookNode, ran: Mapping[str, NotebookNode]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for cell in notebook.cells:
        done = ran.get(cell.id)
        if cell.cell_type != "code" or done is None:
            continue
        for name, state in _said(done.outputs):
            found[name, cell.id] = state
        graded = cell.metadata.get("nbgrader")
        if isinstance(graded, Mapping) and graded.get("grade") and not graded.get("solution"):
            name = str(graded.get("grade_id") or cell.id)
            found[name, cell.id] = WRONG if _raised(done.outputs) else RIGHT
    return found


def _said(outputs: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for output in outputs:
        said = output.get("data", {}).get(STATE)
        if isinstance(said, Mapping):
            yield str(said.get("id")), str(said.get("state"))


def _raised(outputs: Iterable[Mapping[str, Any]]) -> bool:
    return any(output.get("output_type") == "error" for output in outputs)
