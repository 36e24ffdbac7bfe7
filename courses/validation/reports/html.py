"""A validation record as one page for people: no script, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from itertools import zip_longest
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from courses.validation.job import plain
from courses.validation.record import ExerciseResult, LessonResult, Outcome, ValidationRecord
from courses.validation.reports import files, outputs, words
from courses.validation.reports.findings import of_lesson
from courses.validation.reports.timeline import timeline

_NEARLY_ALL = 0.8
"""From this part of its budget on, a bar warns."""
_SIGNS = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✗",
    Outcome.ERRORED: "!",
    Outcome.NOT_VALIDATED: "○",
}


@dataclass(frozen=True)
class Bar:
    """How much of a budget was used, in percent and no more than 100, and whether that is a lot."""

    percent: float
    level: str


def write_html(record: ValidationRecord, folder: Path, path: Path) -> None:
    """Write the page. Raises InvalidInput if the file cannot be written."""
    files.write(page(record, folder), path)


def page(record: ValidationRecord, folder: Path) -> str:
    """Return the page on the course in `folder`."""
    css = package_files(__package__).joinpath("templates", "report.css").read_text("utf-8")
    return (
        _templates()
        .get_template("report.html.j2")
        .render(
            record=record,
            folder=folder,
            css=Markup(css),  # noqa: S704  a file of ours
            css_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii"),
            timeline=timeline(record),
            counts=words.outcomes(record.lessons),
        )
    )


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(
        plain=plain,
        seconds=words.seconds,
        many=words.many,
        memory=words.memory,
        time_of=words.time_of,
        memory_of=words.memory_of,
        network_of=words.network_of,
        shown=outputs.shown,
        findings=of_lesson,
        marked=marked,
        kind=lambda outcome: outcome.value.replace(" ", "-"),
        sign=_SIGNS.__getitem__,
    )
    found.globals.update(bar=bar, slowest=_slowest, as_it_should=_as_it_should, Outcome=Outcome)
    return found


def bar(used: float, budget: float | None) -> Bar | None:
    """Return a bar for what was used of a budget; none where there is no budget."""
    if not budget:
        return None
    part = used / budget
    level = "over" if part > 1 else "much" if part >= _NEARLY_ALL else "fine"
    return Bar(percent=round(100 * min(part, 1.0), 2), level=level)


def marked(detail: str) -> Iterator[tuple[str, str]]:
    """Yield each line of a traceback or difference with what it is: added, removed, place or ""."""
    lines = plain(detail).splitlines()
    in_difference = False
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        # Only after a whole heading: a traceback has lines with dashes too.
        if line.startswith("--- ") and following.startswith("+++ "):
            in_difference = True
        yield (_mark(line) if in_difference else ""), line


def _mark(line: str) -> str:
    if line.startswith(("--- ", "+++ ", "@@")):
        return "place"
    return {"+": "added", "-": "removed"}.get(line[:1], "")


def _slowest(lesson: LessonResult) -> float:
    return max((cell.seconds for cell in lesson.cells), default=0.0)


def _as_it_should(exercise: ExerciseResult) -> bool:
    return exercise.solved == "right" and exercise.untouched != "right"
