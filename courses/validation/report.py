"""A validation record for people (a table), for programs (JSON) and for CI (JUnit)."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courses.validation.live import STYLES
from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord
from spawners.errors import InvalidInput

# XML 1.0 has no place for these, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_COUNTS = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def show(record: ValidationRecord, folder: Path, console: Console) -> None:
    """Print a line a lesson, and below it what went wrong, where."""
    table = Table("lesson", "outcome", "seconds", "where", title=None)
    for lesson in record.lessons:
        outcome = Text(lesson.outcome.value, STYLES[lesson.outcome])
        table.add_row(Text(lesson.lesson), outcome, f"{lesson.seconds:.1f}", Text(_where(lesson)))
    console.print(table)
    for lesson in record.lessons:
        if lesson.outcome is not Outcome.PASSED:
            _explain(lesson, folder, console)
    name = f"{record.course} {record.version} on {record.machine}: "
    console.print(Text(name).append(record.outcome.value, STYLES[record.outcome]))


def _where(lesson: LessonResult) -> str:
    return ", ".join(f"cell {cell.id}" for cell in lesson.culprits)


def _explain(lesson: LessonResult, folder: Path, console: Console) -> None:
    if lesson.message:
        _print(console, f"{lesson.lesson}: {lesson.message}", lesson.detail, lesson.outcome)
    for cell in lesson.culprits:
        place = f"{folder / lesson.notebook}:{cell.line}"
        _print(console, f"{place}: cell {cell.id}: {cell.message}", cell.detail, cell.outcome)


def _print(console: Console, headline: str, detail: str, outcome: Outcome) -> None:
    # Soft wrap: an editor or a log reader finds `file:line` in one piece.
    console.print()
    console.print(Text(headline, STYLES[outcome]), soft_wrap=True)
    if detail:
        console.print(Text(detail), soft_wrap=True)


def write_json(record: ValidationRecord, path: Path) -> None:
    """Write the record itself. Raises InvalidInput if the file cannot be written."""
    _write(path, record.model_dump_json(indent=2) + "\n")


def write_junit(record: ValidationRecord, path: Path) -> None:
    """Write JUnit XML: a suite a lesson, a case a code cell, by ids that stay the same."""
    _write(path, junit(record))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be written: {error.strerror}.",
            hint="Name a file in a folder of yours.",
        ) from None


def junit(record: ValidationRecord) -> str:
    """Return the record as JUnit XML.

    A lesson that was not validated is an error there: a skipped case would look green.
    """
    root = Xml.Element("testsuites", name=record.course, time=f"{record.seconds:.3f}")
    for lesson in record.lessons:
        _suite(root, f"{record.course}.{lesson.lesson}", lesson)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True)


def _suite(root: Xml.Element, name: str, lesson: LessonResult) -> None:
    suite = Xml.SubElement(root, "testsuite", name=name, time=f"{lesson.seconds:.3f}")
    whole = Xml.SubElement(suite, "testcase", classname=name, name="lesson", time="0")
    blamed = {cell.id for cell in lesson.culprits}
    if lesson.outcome is not Outcome.PASSED and not blamed:
        _verdict(whole, lesson.outcome, lesson.message, lesson.detail)
    for cell in lesson.cells:
        case = Xml.SubElement(
            suite, "testcase", classname=name, name=cell.id, time=f"{cell.seconds:.3f}"
        )
        if cell.id in blamed:
            detail = f"{lesson.notebook}:{cell.line}\n{cell.detail}"
            _verdict(case, cell.outcome, cell.message, detail)
        elif cell.outcome is not Outcome.PASSED:
            _not_reached(case, cell)
    for kind, tag in _COUNTS.items():
        suite.set(kind, str(len(suite.findall(f".//{tag}"))))


def _verdict(case: Xml.Element, outcome: Outcome, message: str, detail: str) -> None:
    tag = "failure" if outcome is Outcome.FAILED else "error"
    element = Xml.SubElement(case, tag, type=outcome.value, message=_NO_XML.sub("", message))
    element.text = _NO_XML.sub("", detail)


def _not_reached(case: Xml.Element, cell: CellResult) -> None:
    # The suite is red already, by the cell that stopped it.
    Xml.SubElement(case, "skipped", message=_NO_XML.sub("", cell.message))
