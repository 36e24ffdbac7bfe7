"""What went wrong, as one flat list: what every report but the record itself is made from."""

from __future__ import annotations

from dataclasses import dataclass

from courses.validation.job import plain
from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord


@dataclass(frozen=True)
class Finding:
    """One thing that went wrong. `cell` is empty where it is the lesson as a whole.

    `line` is where the cell's JSON starts in the notebook. No text has colour codes.
    """

    lesson: str
    notebook: str
    outcome: Outcome
    message: str
    detail: str = ""
    cell: str = ""
    line: int = 1

    @property
    def headline(self) -> str:
        """What went wrong, with the cell's id."""
        return f"cell {self.cell}: {self.message}" if self.cell else self.message


def findings(record: ValidationRecord) -> tuple[Finding, ...]:
    """Return all that went wrong, in the order of the lessons and their cells."""
    return tuple(one for lesson in record.lessons for one in of_lesson(lesson))


def of_lesson(lesson: LessonResult) -> tuple[Finding, ...]:
    """Return why a lesson did not pass: never nothing, unless it passed."""
    if lesson.outcome is Outcome.PASSED:
        return ()
    cells = tuple(of_cell(lesson, cell) for cell in lesson.culprits)
    if lesson.message or not cells:
        return (of_whole(lesson), *cells)
    return cells


def of_whole(lesson: LessonResult) -> Finding:
    """Return what is wrong with a lesson beside its cells."""
    return Finding(
        lesson=lesson.lesson,
        notebook=lesson.notebook,
        outcome=lesson.outcome,
        message=plain(lesson.message) or f"The lesson is {lesson.outcome.value}.",
        detail=plain(lesson.detail),
    )


def of_cell(lesson: LessonResult, cell: CellResult) -> Finding:
    """Return what is wrong with one cell."""
    return Finding(
        lesson=lesson.lesson,
        notebook=lesson.notebook,
        outcome=cell.outcome,
        message=plain(cell.message) or f"The cell is {cell.outcome.value}.",
        detail=plain(cell.detail),
        cell=cell.id,
        line=cell.line,
    )
