"""What validation found: outcomes, and the record that a release carries. Models only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from spawners.machine import Model


class Outcome(StrEnum):
    """How a cell, a lesson or a course came out. What did not run is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    """The lesson is wrong: a cell raised, hung, killed its kernel, or printed something else."""
    ERRORED = "errored"
    """The tool or the machine is: nothing is known of the lesson."""
    NOT_VALIDATED = "not validated"
    """It did not run, or not all of it: the hardware is not there, or a cell is marked to skip."""

    @property
    def exit_code(self) -> int:
        """The command's exit code: 0 passed, 1 failed, 2 errored, 3 not validated."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Outcome.PASSED: 0,
    Outcome.FAILED: 1,
    Outcome.ERRORED: 2,
    Outcome.NOT_VALIDATED: 3,
}
_WORST_FIRST = (Outcome.ERRORED, Outcome.FAILED, Outcome.NOT_VALIDATED, Outcome.PASSED)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst: errored, failed, not validated, passed. Nothing at all is not validated."""
    found = set(outcomes)
    return next((one for one in _WORST_FIRST if one in found), Outcome.NOT_VALIDATED)


class CellResult(Model):
    """What became of one code cell, or of the quiz in a text cell.

    `line` is where the cell's JSON starts in the .ipynb file.
    """

    id: str
    line: int
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    """One sentence; empty if it passed."""
    detail: str = ""
    """The traceback, or the difference; no colour codes."""
    source: str = ""
    """The cell's code, where it did not pass."""
    outputs: tuple[Mapping[str, Any], ...] = ()
    """What it showed, where it did not pass: nbformat outputs, cut to a size for a report."""


class ExerciseResult(Model):
    """How one exercise came out, solved by the author and as a trainee gets it.

    A state is `right`, `wrong`, `not attempted`, `not checked` or, where it never came up, empty.
    """

    id: str
    cell: str
    solved: str
    untouched: str


class LessonResult(Model):
    """What became of one lesson. `message` says why, where no cell does."""

    lesson: str
    notebook: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    detail: str = ""
    started_s: float = 0.0
    """When it started, in seconds after the whole run."""
    ran_at: str = ""
    """When it ran (ISO 8601, UTC); before the record's own time where a cached result is used."""
    cached: bool = False
    attempts: int = 1
    peak_memory_mib: int | None = None
    """The most that the kernel and what it started held at once."""
    gpu_memory_mib: int | None = None
    cut_off: bool | None = None
    """Whether the system kept it from the network. None where it did not run, or submits jobs."""
    memory_budget_mib: int | None = None
    budget_s: int | None = None
    """What the lesson may use at most, from its manifest."""
    host: str = ""
    versions: Mapping[str, str] = Field(default_factory=dict)
    """Of Python and the packages that ran and judged the lesson."""
    cells: tuple[CellResult, ...] = ()
    exercises: tuple[ExerciseResult, ...] = ()

    @property
    def culprits(self) -> tuple[CellResult, ...]:
        """The cells that say why the lesson did not pass."""
        bad = (Outcome.FAILED, Outcome.ERRORED)
        found = tuple(cell for cell in self.cells if cell.outcome in bad)
        return found or tuple(cell for cell in self.cells if cell.outcome is Outcome.NOT_VALIDATED)


class ValidationRecord(Model):
    """What was run, where, when, on which content, with which outcome. Times are ISO 8601, UTC."""

    format: Literal[1] = 1
    course: str
    version: str
    content_hash: str
    machine: str
    started_at: str
    validated_at: str
    seconds: float
    outcome: Outcome
    lessons: tuple[LessonResult, ...]
    key: str = ""
    """The public key (hex) of whoever ran this, and their signature of all else in the record."""
    signature: str = ""
