"""Code cells: short enough to read on one screen."""

from __future__ import annotations

from collections.abc import Iterator

from courses.authoring.translation.strings import without_marks
from courses.lint.material import Cell, Material
from courses.lint.rule import Problem, Rule, error, warning

LONG_CELL_LINES = 30
VERY_LONG_CELL_LINES = 60
LONG_LINE = 100


def _readable(material: Material) -> Iterator[tuple[Cell, int]]:
    for cell in material.cells:
        # A folded cell is a check: it is run and not read.
        if cell.is_code and not cell.is_folded:
            yield cell, len(cell.text.rstrip().splitlines())


def _long_cell(material: Material) -> Iterator[Problem]:
    for cell, lines in _readable(material):
        if LONG_CELL_LINES < lines <= VERY_LONG_CELL_LINES:
            yield cell.problem(
                f"It has {lines} lines.",
                f"Split it, with a sentence between: up to {LONG_CELL_LINES} fit on a screen.",
            )


def _very_long_cell(material: Material) -> Iterator[Problem]:
    for cell, lines in _readable(material):
        if lines > VERY_LONG_CELL_LINES:
            yield cell.problem(
                f"It has {lines} lines.",
                "Split it, or move what is not taught into a module beside the notebook.",
            )


def _long_line(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        if not cell.is_code:
            continue
        for number, line in enumerate(without_marks(cell.text).splitlines(), start=1):
            if len(line) > LONG_LINE:
                yield cell.problem(
                    f"Line {number} of the cell has {len(line)} characters.",
                    f"Break it: beyond {LONG_LINE} a trainee has to scroll sideways.",
                )


def _empty(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        if cell.is_code and not cell.text.strip():
            yield cell.problem("A code cell is empty.", "Delete it, or write what it is for.")


RULES: tuple[Rule, ...] = (
    warning("long-cell", _long_cell),
    error("very-long-cell", _very_long_cell),
    warning("long-line", _long_line),
    warning("empty-cell", _empty),
)
