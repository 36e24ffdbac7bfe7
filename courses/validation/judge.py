"""The verdict on each cell of a lesson, from what a run of it saw. Pure but for nbval's rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from courses.authoring.asking import asking_cells, with_quizzes
from courses.authoring.source import Source
from courses.validation import compare, execute
from courses.validation.execute import Ran
from courses.validation.exercises import faults
from courses.validation.job import plain
from courses.validation.record import CellResult, ExerciseResult, Outcome

_LONGEST_SHOWN = 2_000_000
"""What one cell's outputs may weigh in a record, in characters of JSON."""

_UNTOUCHED = "As a trainee gets the lesson, it stops here:"

Verdict = tuple[Outcome, str, str]
"""Outcome, a sentence, and the detail; both empty for a pass."""


def judge(
    source: Source,
    ran: Ran,
    exercises: Sequence[ExerciseResult],
    sanitize: Mapping[str, str],
    untouched: Ran | None = None,
) -> tuple[CellResult, ...]:
    """Return the result of every code cell, and of every text cell with a quiz.

    A quiz is run in a cell of its own, which has no stored outputs. `untouched` ran what a trainee
    gets.
    """
    wrong = faults(exercises)
    if untouched is not None and untouched.stopped:
        wrong[untouched.stopped_at] = f"{_UNTOUCHED} {untouched.stopped}"
    code = [cell for cell in with_quizzes(source.notebook).cells if cell.cell_type == "code"]
    quizzes = {asking: text for text, asking in asking_cells(source.notebook).items()}
    disorder = _disorder(code)
    results = []
    for cell in code:
        outcome, message, detail = _verdict(cell, ran, sanitize)
        if outcome is Outcome.PASSED and cell.id in wrong:
            outcome, message = Outcome.FAILED, wrong[cell.id]
        elif outcome is Outcome.FAILED and disorder:
            detail = f"{detail}\n{disorder}".strip()
        name = quizzes.get(cell.id, cell.id)
        results.append(_result(name, source.lines[name], cell, ran, (outcome, message, detail)))
    return tuple(results)


def _result(name: str, line: int, cell: NotebookNode, ran: Ran, verdict: Verdict) -> CellResult:
    outcome, message, detail = verdict
    blamed = outcome in (Outcome.FAILED, Outcome.ERRORED)
    return CellResult(
        id=name,
        line=line,
        outcome=outcome,
        seconds=round(ran.seconds.get(cell.id, 0.0), 3),
        message=plain(message),
        detail=plain(detail),
        source=plain(cell.source) if blamed else "",
        outputs=_shown(ran.cells.get(cell.id)) if blamed else (),
    )


def _verdict(cell: NotebookNode, ran: Ran, sanitize: Mapping[str, str]) -> Verdict:
    if execute.is_skipped(cell):
        return Outcome.NOT_VALIDATED, "It is marked to be skipped.", ""
    if cell.id == ran.stopped_at:
        return Outcome.FAILED, ran.stopped, ""
    if not cell.source.strip():
        return Outcome.PASSED, "", ""
    if cell.id not in ran.replies:
        return Outcome.NOT_VALIDATED, "It did not run.", ""
    error = _error(ran.replies[cell.id], ran.cells[cell.id])
    if cell.id in ran.network:
        places = ", ".join(dict.fromkeys(ran.network[cell.id]))
        said = f"It tried to reach {places}: a lesson has no network, as on many nodes."
        return Outcome.FAILED, said, _traceback(error)
    expected = compare.options(cell)["check_exception"]
    if error is not None and not expected:
        message = f"{error.get('ename', 'Error')}: {error.get('evalue', '')}"
        return Outcome.FAILED, message.partition("\n")[0].rstrip(": "), _traceback(error)
    if error is None and expected:
        return Outcome.FAILED, "It is tagged raises-exception, and raised nothing.", ""
    if any(one.get("source") == "ask_exit" for one in ran.replies[cell.id].get("payload", ())):
        return Outcome.FAILED, "The cell ended the kernel, by exit or quit.", ""
    difference = compare.difference(cell, ran.cells[cell.id], sanitize)
    if difference is not None:
        return Outcome.FAILED, "Its output is not the one stored in the notebook.", difference
    return Outcome.PASSED, "", ""


def _traceback(error: Mapping[str, Any] | None) -> str:
    return "\n".join(error.get("traceback") or []) if error else ""


def _error(reply: Mapping[str, Any], cell: NotebookNode) -> Mapping[str, Any] | None:
    shown = next((one for one in cell.outputs if one.output_type == "error"), None)
    return shown or (reply if reply.get("status") != "ok" else None)


def _disorder(code: Sequence[NotebookNode]) -> str:
    """Say so where the stored cells were run in another order than they stand in."""
    counts = [cell.execution_count for cell in code if cell.execution_count is not None]
    if counts == sorted(counts):
        return ""
    return (
        f"The stored outputs are of cells that were run in the order {counts}: "
        "run the notebook from top to bottom in a new kernel, and save it."
    )


def _shown(cell: NotebookNode | None) -> tuple[Mapping[str, Any], ...]:
    """Return what a report may show of a cell's outputs."""
    kept: list[Mapping[str, Any]] = []
    room = _LONGEST_SHOWN
    for output in cell.outputs if cell is not None else ():
        room -= len(json.dumps(output))
        if room < 0:
            kept.append({"output_type": "stream", "name": "stderr", "text": "[...]"})
            break
        kept.append(json.loads(json.dumps(output)))
    return tuple(kept)
