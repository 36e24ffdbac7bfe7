"""One run of one notebook by papermill, watched cell by cell.

papermill's own status is not asked: it calls every cell `completed` when the kernel dies. What
counts is what nbclient's hooks saw of each cell, and the exception that ended the run.
"""

from __future__ import annotations

import copy
import os
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import papermill
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from courses.authoring.kernelspec import PYTHON_KERNEL, is_python
from courses.authoring.manifest import Budget
from courses.validation import compare, provisioner
from courses.validation.client import ENGINE, Flood
from courses.validation.keeper import Kept, forget_report, read_report
from courses.validation.kernel import network_attempts

_KERNEL_START_S = 60
_STILL_PRINTING_S = 1.0
_SOME_PLACE = "another computer, by a program that it started"


@dataclass
class Ran:
    """What was seen of a run. Cells by id, times in seconds."""

    cells: dict[str, NotebookNode] = field(default_factory=dict)
    """Those that came to their end, as they were then."""
    replies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    network: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The addresses that a cell tried to reach."""
    stopped_at: str = ""
    stopped: str = ""
    """The cell that ended the run before its time, and why; a sentence."""
    tool_fault: str = ""
    """Why nothing is known of the notebook; a sentence."""
    detail: str = ""
    kept: Kept = field(default_factory=Kept)


class NotebookRun:
    """Runs one notebook, in the folder that it lies in."""

    def __init__(
        self,
        notebook: NotebookNode,
        cwd: Path,
        run: Path,
        budget: Budget,
        *,
        on_cell: Callable[[str], None] = lambda _: None,
        keep_going: bool = False,
    ) -> None:
        self._notebook = notebook
        self._cwd = cwd
        self._run = run
        self._budget = budget
        self._on_cell = on_cell
        self._keep_going = keep_going
        self._ran = Ran()
        self._current = ""
        self._started = 0.0
        self._flood = Flood()
        self._out_of_time = False

    def end(self) -> None:
        """End the run from another thread, because the lesson's budget is used up."""
        self._out_of_time = True
        self._flood.end_kernel()

    def execute(self) -> Ran:
        """Run every cell, as far as it goes."""
        ran = self._ran
        forget_report(self._run)
        try:
            self._papermill()
        except (CellExecutionError, PapermillExecutionError):
            pass  # the cell's own reply says it, and a cell that is expected to raise ends here too
        except (DeadKernelError, CellTimeoutError) as error:
            self._note_stop(error)
        except Exception as error:  # noqa: BLE001  whatever else comes up is the tool's fault
            ran.tool_fault = f"papermill: {error}"
            ran.detail = "".join(traceback.format_exception(error))
        ran.kept = read_report(self._run)
        if ran.kept.killed and not ran.stopped_at:
            # Seen only as the lesson ended: its last cell may have been shorter than a look.
            ran.stopped_at = self._current
        if ran.stopped_at:
            ran.stopped = self._why()
        return ran

    def _papermill(self) -> None:
        papermill.execute_notebook(
            # Not the path: papermill puts paths through str.format.
            prepared(self._notebook),
            None,
            engine_name=ENGINE,
            kernel_name=kernel_name(self._notebook),
            cwd=str(self._cwd),
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=_KERNEL_START_S,
            execution_timeout=self._budget.cell_s,
            # A loop does not listen to a polite request.
            shutdown_kernel="immediate",
            config=_private_sockets(),
            on_cell_start=self._cell_started,
            on_cell_executed=self._cell_ran,
            allow_errors=self._keep_going,
            flood=self._flood,
        )

    def _note_stop(self, error: Exception) -> None:
        if not self._current:
            self._ran.tool_fault = "The kernel died before the first cell."
            return
        self._timed_out = isinstance(error, CellTimeoutError)
        self._ran.stopped_at = self._current
        self._ran.seconds[self._current] = time.monotonic() - self._started

    def _why(self) -> str:
        kept, limits = self._ran.kept, _limits()
        if self._flood.over:
            return self._flood.over
        if kept.killed == "memory":
            return f"The lesson used more than the {limits.memory_mib} MiB of memory it asks for."
        if kept.killed in ("processes", "threads"):
            most = limits.processes if kept.killed == "processes" else limits.threads
            return f"The cell started more than {most} {kept.killed}."
        if self._out_of_time:
            whole_s = self._budget.lesson_s
            return f"The lesson ran longer than its budget of {whole_s} s; it was here."
        if self._timed_out:
            still = time.monotonic() - self._flood.last_at < _STILL_PRINTING_S + self._ending_s()
            printing = ", and was still printing" if still else ""
            return f"The cell ran longer than its budget of {self._budget.cell_s} s{printing}."
        return f"The kernel died while this cell ran{_how_it_died(kept.exit_code)}."

    def _ending_s(self) -> float:
        # From the time-out to now.
        return time.monotonic() - self._started - self._ran.seconds[self._current]

    def _cell_started(self, cell: NotebookNode, **_: object) -> None:
        if cell.cell_type != "code":
            return
        self._current = cell.id
        self._started = time.monotonic()
        self._attempts = len(network_attempts(self._run))
        self._unreachable = self._flood.unreachable()
        if self._out_of_time:
            raise CellTimeoutError
        self._on_cell(cell.id)

    def _cell_ran(self, cell: NotebookNode, execute_reply: Mapping[str, Any], **_: object) -> None:
        ran = self._ran
        ran.cells[cell.id] = cell
        ran.replies[cell.id] = execute_reply["content"]
        ran.seconds[cell.id] = time.monotonic() - self._started
        new = network_attempts(self._run)[self._attempts :]
        if not new and self._flood.unreachable() > self._unreachable:
            new = (_SOME_PLACE,)
        if new:
            ran.network[cell.id] = new


def _limits() -> Any:  # noqa: ANN401
    return provisioner.launch.limits if provisioner.launch else None


def _how_it_died(code: int | None) -> str:
    if code is None:
        return ""
    if code >= 0:
        return f": it left with exit code {code}"
    name = signal.Signals(-code).name
    # The system's own answer to a process that takes too much.
    memory = "; often that is for want of memory" if code == -signal.SIGKILL else ""
    return f": it was ended by {name}{memory}"


def _private_sockets() -> Config:
    """Through TCP another user of the node could read the kernel's output."""
    sockets = Path(os.environ["JUPYTER_RUNTIME_DIR"], "k")
    return Config({"KernelManager": {"transport": "ipc", "ip": str(sockets)}})


def prepared(source: NotebookNode) -> NotebookNode:
    """Return a copy that says in nbclient's tags what an author may say in nbval's comments."""
    notebook = copy.deepcopy(source)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = set(cell.metadata.get("tags", []))
        if compare.options(cell)["check_exception"]:
            tags.add("raises-exception")
        if is_skipped(cell):
            tags.add("skip-execution")
        cell.metadata["tags"] = sorted(tags)
    return notebook


def is_skipped(cell: NotebookNode) -> bool:
    """Return whether the author has marked the cell to be skipped."""
    return compare.options(cell)["skip"] or "skip-execution" in cell.metadata.get("tags", [])


def kernel_name(notebook: NotebookNode) -> str:
    """Return the kernel to run: for Python, this environment's own, whatever its name was."""
    if is_python(notebook):
        return PYTHON_KERNEL["name"]
    return str(notebook.metadata.get("kernelspec", {}).get("name", ""))
