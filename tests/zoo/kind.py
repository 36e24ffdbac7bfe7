"""What an entry of the zoo is: a lesson, and the verdict that it must get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from courses.validation.record import Outcome

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
ERRORED, NOT_VALIDATED = Outcome.ERRORED, Outcome.NOT_VALIDATED
ANYTHING = "…"
"""Stands in a message for what differs from run to run."""


@dataclass(frozen=True)
class Kind:
    """One lesson. Its name is the lesson's id too."""

    name: str
    cells: tuple[NotebookNode, ...]
    outcome: Outcome = FAILED
    at: str = ""
    """The cell that is to blame; empty where it is the lesson as a whole, or nothing."""
    says: str = ""
    """The whole message, of the cell or else of the lesson."""
    details: str = ""
    """Words that its details must hold."""
    memory_mib: int = 1024
    cell_s: int = 120
    lesson_s: int = 300
    gpu: str = "none"
    kernel: Mapping[str, str] = field(default_factory=dict)
    """The notebook's kernelspec."""
    files: Mapping[str, str] = field(default_factory=dict)
    """What lies beside the notebook in the course: name -> text."""

    def notebook(self) -> NotebookNode:
        metadata = {"kernelspec": dict(self.kernel)} if self.kernel else {}
        return new_notebook(cells=list(self.cells), metadata=metadata)


@dataclass(frozen=True)
class Refused:
    """A notebook with which a course is not run at all: what `onboard course check` says."""

    name: str
    notebook: Mapping[str, Any]
    """Its JSON."""
    says: str


def code(id: str, source: str, stored: object = None, **metadata: Any) -> NotebookNode:  # noqa: A002
    """A cell; with `stored`, one that was run and printed that text, or left those outputs."""
    cell = new_code_cell(source.strip("\n"), id=id, metadata=metadata)
    if stored is not None:
        cell.execution_count = 1
        cell.outputs = stored if isinstance(stored, list) else _stdout(str(stored))
    return cell


def _stdout(text: str) -> list[NotebookNode]:
    return [new_output("stream", name="stdout", text=text)] if text else []


def text(id: str, source: str) -> NotebookNode:  # noqa: A002
    """A cell of Markdown."""
    return new_markdown_cell(source, id=id)


def fits(pattern: str, said: str) -> bool:
    """Return whether a message is that one, whatever stands for `…`."""
    parts = map(re.escape, pattern.split(ANYTHING))
    return re.fullmatch(".*".join(parts), said, re.DOTALL) is not None
