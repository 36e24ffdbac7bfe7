"""What a rule is, and what it says about a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from courses.lint.finding import Finding, Severity

if TYPE_CHECKING:
    from courses.lint.material import Material


@dataclass(frozen=True)
class Place:
    """Where something is: a file of the course, a line of it from 1, and a cell's id if any."""

    file: str
    line: int = 1
    cell: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" (cell {self.cell})" if self.cell else "")


@dataclass(frozen=True)
class Problem:
    """What a rule found at a place: what is wrong and what to do, a sentence each."""

    place: Place
    message: str
    fix: str


@dataclass(frozen=True)
class Rule:
    """One thing that a course is held to."""

    name: str
    """As it is written in a cell's `"onboard": {"allow": [...]}`."""
    severity: Severity
    check: Callable[[Material], Iterable[Problem]]

    def finding(self, problem: Problem) -> Finding:
        """Return the problem as a finding of this rule."""
        place = problem.place
        return Finding(
            rule=self.name,
            severity=self.severity,
            file=place.file,
            line=place.line,
            cell=place.cell,
            message=problem.message,
            fix=problem.fix,
        )


def error(name: str, check: Callable[[Material], Iterable[Problem]]) -> Rule:
    """Return a rule whose findings are errors."""
    return Rule(name, Severity.ERROR, check)


def warning(name: str, check: Callable[[Material], Iterable[Problem]]) -> Rule:
    """Return a rule whose findings are warnings."""
    return Rule(name, Severity.WARNING, check)
