"""What the linter says: one finding, for one rule, at one place. Models only."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from spawners.machine import Model


class Severity(StrEnum):
    """Whether a finding stands in the way."""

    ERROR = "error"
    """A trainee would be stuck, shut out or misled."""
    WARNING = "warning"
    """Worth a look: there may be a reason for it."""


class Finding(Model):
    """One thing to mend."""

    rule: str
    severity: Severity
    file: str
    """The file, as a path inside the course."""
    line: Annotated[int, Field(ge=1)]
    """Its line there; for a notebook the one at which the cell's JSON starts, from 1."""
    cell: str | None = None
    """The id of the cell; None for what concerns the whole file."""
    message: str
    """What is wrong: a sentence."""
    fix: str
    """What to do about it: a sentence."""

    def __str__(self) -> str:
        """Return `lesson.ipynb:12: cell plot: alt-text: What is wrong. What to do.`."""
        cell = f" cell {self.cell}:" if self.cell else ""
        warning = " (warning)" if self.severity is Severity.WARNING else ""
        return f"{self.file}:{self.line}:{cell} {self.rule}{warning}: {self.message} {self.fix}"
