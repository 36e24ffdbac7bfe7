"""A validation record as JUnit XML: a suite a lesson, a case a code cell."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord
from courses.validation.reports import files, places
from courses.validation.reports.findings import Finding, of_lesson

WHOLE = "lesson"
"""The case that stands for the lesson as a whole."""

# XML 1.0 has no place for these, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COUNTS = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def write_junit(record: ValidationRecord, folder: Path, path: Path) -> None:
    """Write JUnit XML. Raises InvalidInput if the file cannot be written."""
    files.write(junit(record, folder, places.repository()), path)


def junit(record: ValidationRecord, folder: Path, root: Path) -> str:
    """Return the record of the course in `folder` as JUnit XML, with files as seen from `root`.

    A lesson that was not validated is an error there: a skipped case would look green.
    """
    whole = _element(None, "testsuites", name=record.course, time=f"{record.seconds:.3f}")
    for lesson in record.lessons:
        file = places.from_root(folder / lesson.notebook, root)
        _suite(whole, f"{record.course}.{lesson.lesson}", lesson, file)
    return Xml.tostring(whole, encoding="unicode", xml_declaration=True)


def case_name(cell_id: str) -> str:
    """Return the name of a cell's case: its id, but for an id that looks like the lesson's own."""
    return f"cell {WHOLE}" if cell_id == WHOLE else cell_id


def _element(parent: Xml.Element | None, tag: str, **attributes: str) -> Xml.Element:
    safe = {name: _NO_XML.sub("", value) for name, value in attributes.items()}
    return Xml.Element(tag, safe) if parent is None else Xml.SubElement(parent, tag, safe)


def _suite(parent: Xml.Element, name: str, lesson: LessonResult, file: str) -> None:
    suite = _element(parent, "testsuite", name=name, time=f"{lesson.seconds:.3f}", file=file)
    _properties(suite, lesson)
    blamed = {finding.cell: finding for finding in of_lesson(lesson)}
    whole = _element(suite, "testcase", classname=name, name=WHOLE, file=file, line="1", time="0")
    if "" in blamed:
        _verdict(whole, blamed[""])
    for cell in lesson.cells:
        case = _element(
            suite,
            "testcase",
            classname=name,
            name=case_name(cell.id),
            file=file,
            line=str(cell.line),
            time=f"{cell.seconds:.3f}",
        )
        _judge(case, cell, blamed.get(cell.id))
    for kind, tag in _COUNTS.items():
        suite.set(kind, str(len(suite.findall(f".//{tag}"))))


def _properties(suite: Xml.Element, lesson: LessonResult) -> None:
    known = {
        "host": lesson.host,
        "ran_at": lesson.ran_at,
        "cached": "true" if lesson.cached else "",
        "peak_memory_mib": str(lesson.peak_memory_mib or ""),
        "cut_off": "" if lesson.cut_off is None else str(lesson.cut_off).lower(),
        "budget_s": str(lesson.budget_s or ""),
    }
    properties = _element(suite, "properties")
    for name, value in known.items():
        if value:
            _element(properties, "property", name=name, value=value)


def _judge(case: Xml.Element, cell: CellResult, finding: Finding | None) -> None:
    if finding is not None:
        _verdict(case, finding)
    elif cell.outcome is not Outcome.PASSED:
        # The suite is red already, by the cell that stopped it.
        _element(case, "skipped", message=cell.message)


def _verdict(case: Xml.Element, finding: Finding) -> None:
    tag = "failure" if finding.outcome is Outcome.FAILED else "error"
    element = _element(case, tag, type=finding.outcome.value, message=finding.message)
    place = f"{finding.notebook}:{finding.line}\n" if finding.cell else ""
    element.text = _NO_XML.sub("", place + finding.detail)
