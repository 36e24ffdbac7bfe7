"""One run of one lesson by papermill, watched cell by cell, and the verdict on it.

papermill's own status is not asked: it calls every cell `completed` when the kernel dies. What
counts is what nbclient's hooks saw of each cell, and the exception that ended the run.
"""

from __future__ import annotations

import copy
import os
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import papermill
import psutil
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from courses.authoring.source import read
from courses.validation import compare
from courses.validation import job as jobs
from courses.validation.job import Job, Progress, plain
from courses.validation.record import CellResult, LessonResult, Outcome, worst

_KERNEL_START_S = 60


class LessonRun:
    """Runs the lesson in `course_folder`, which is a scratch copy. Raises InvalidInput at once."""

    def __init__(self, job: Job, course_folder: Path) -> None:
        self._job = job
        self._path = course_folder / job.lesson.notebook
        self._source = read(self._path, job.lesson.notebook)
        self._sanitize = compare.patterns(course_folder)
        self._code = [cell for cell in self._source.notebook.cells if cell.cell_type == "code"]
        self._ran: dict[str, NotebookNode] = {}
        self._replies: dict[str, Mapping[str, Any]] = {}
        self._started: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._current = ""
        self._stopped = ""
        self._out_of_time = False

    def end(self) -> None:
        """End the run from another thread, because the lesson's budget is used up."""
        self._out_of_time = True
        end_children()

    def execute(self) -> LessonResult:
        """Run every cell, and judge. Only a fault of the tool or the machine is errored."""
        try:
            self._papermill()
        except (CellExecutionError, PapermillExecutionError):
            pass  # the cell's own reply says it, and a cell that is expected to raise ends here too
        except (DeadKernelError, CellTimeoutError) as error:
            if not self._current:
                return jobs.errored(self._job.lesson, "The kernel died before the first cell.")
            self._stopped = self._why(error)
            self._seconds[self._current] = time.monotonic() - self._started[self._current]
        except Exception as error:  # noqa: BLE001  whatever else comes up is the tool's fault
            detail = "".join(traceback.format_exception(error))
            return jobs.errored(self._job.lesson, f"papermill: {error}", detail=detail)
        finally:
            end_children()
        return self._judged()

    def _papermill(self) -> None:
        papermill.execute_notebook(
            # Not the path: papermill puts paths through str.format.
            _prepared(self._source.notebook),
            None,
            kernel_name=_kernel_name(self._source.notebook),
            cwd=str(self._path.parent),
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=_KERNEL_START_S,
            execution_timeout=self._job.lesson.budget.cell_s,
            # A loop does not listen to a polite request.
            shutdown_kernel="immediate",
            config=_private_sockets(),
            on_cell_start=self._cell_started,
            on_cell_executed=self._cell_ran,
        )

    def _why(self, error: Exception) -> str:
        budget = self._job.lesson.budget
        if self._out_of_time:
            return f"The lesson ran longer than its budget of {budget.lesson_s} s; it was here."
        if isinstance(error, CellTimeoutError):
            return f"The cell ran longer than its budget of {budget.cell_s} s."
        return "The kernel died while this cell ran."

    def _cell_started(self, cell: NotebookNode, **_: object) -> None:
        if cell.cell_type != "code":
            return
        self._current = cell.id
        self._started[cell.id] = time.monotonic()
        if self._out_of_time:
            raise CellTimeoutError
        progress = Progress(cell=cell.id, done=len(self._replies), total=len(self._code))
        jobs.write(self._job.run / jobs.PROGRESS, progress)

    def _cell_ran(self, cell: NotebookNode, execute_reply: Mapping[str, Any], **_: object) -> None:
        self._ran[cell.id] = cell
        self._replies[cell.id] = execute_reply["content"]
        self._seconds[cell.id] = time.monotonic() - self._started[cell.id]

    def _judged(self) -> LessonResult:
        cells = tuple(self._judge(cell) for cell in self._code)
        return LessonResult(
            lesson=self._job.lesson.id,
            notebook=self._job.lesson.notebook,
            # A lesson without code has run when it has been read to its end.
            outcome=worst(cell.outcome for cell in cells) if cells else Outcome.PASSED,
            cells=cells,
        )

    def _judge(self, cell: NotebookNode) -> CellResult:
        outcome, message, detail = self._verdict(cell)
        return CellResult(
            id=cell.id,
            line=self._source.lines[cell.id],
            outcome=outcome,
            seconds=round(self._seconds.get(cell.id, 0.0), 3),
            message=plain(message),
            detail=plain(detail),
        )

    def _verdict(self, cell: NotebookNode) -> tuple[Outcome, str, str]:
        if _skipped(cell):
            return Outcome.NOT_VALIDATED, "It is marked to be skipped.", ""
        if self._stopped and cell.id == self._current:
            return Outcome.FAILED, self._stopped, ""
        if not cell.source.strip():
            return Outcome.PASSED, "", ""
        if cell.id not in self._replies:
            return Outcome.NOT_VALIDATED, "It did not run.", ""
        if not compare.options(cell)["check_exception"]:
            error = _error(self._replies[cell.id], self._ran[cell.id])
            if error is not None:
                message = f"{error.get('ename', 'Error')}: {error.get('evalue', '')}"
                lines = error.get("traceback") or []
                return Outcome.FAILED, message.partition("\n")[0], "\n".join(lines)
        difference = compare.difference(cell, self._ran[cell.id], self._sanitize)
        if difference is not None:
            return Outcome.FAILED, "Its output is not the one stored in the notebook.", difference
        return Outcome.PASSED, "", ""


def end_children() -> None:
    """Kill every process that this one has started, and theirs."""
    children = psutil.Process().children(recursive=True)
    for process in children:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(children, timeout=5)


def _private_sockets() -> Config:
    """Through TCP another user of the node could read the kernel's output."""
    sockets = Path(os.environ["JUPYTER_RUNTIME_DIR"], "k")
    return Config({"KernelManager": {"transport": "ipc", "ip": str(sockets)}})


def _prepared(source: NotebookNode) -> NotebookNode:
    """Return a copy that says in nbclient's tags what an author may say in nbval's comments."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = set(cell.metadata.get("tags", []))
        if compare.options(cell)["check_exception"]:
            tags.add("raises-exception")
        if _skipped(cell):
            tags.add("skip-execution")
        cell.metadata["tags"] = sorted(tags)
    return notebook


def _skipped(cell: NotebookNode) -> bool:
    return compare.options(cell)["skip"] or "skip-execution" in cell.metadata.get("tags", [])


def _error(reply: Mapping[str, Any], cell: NotebookNode) -> Mapping[str, Any] | None:
    shown = next((one for one in cell.outputs if one.output_type == "error"), None)
    return shown or (reply if reply.get("status") != "ok" else None)


def _kernel_name(notebook: NotebookNode) -> str:
    """Return the kernel to run: for Python, this environment's own, whatever its name was."""
    spec = notebook.metadata.get("kernelspec", {})
    language = spec.get("language") or notebook.metadata.get("language_info", {}).get("name")
    return "python3" if (language or "python") == "python" else str(spec.get("name", ""))
