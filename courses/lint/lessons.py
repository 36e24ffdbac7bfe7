"""The course as a whole: its notebooks, and the exercises in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from courses.authoring.manifest import MANIFEST
from courses.lint.material import Cell, Material
from courses.lint.python import Call
from courses.lint.rule import Problem, Rule, error, warning

_JUDGED = ("exercise", "quiz")


def exercises(cells: Iterable[Cell]) -> Iterator[tuple[Cell, Call]]:
    """Yield each call of `exercise` and `quiz`, with its cell."""
    for cell in cells:
        yield from ((cell, call) for call in cell.calls if call.last in _JUDGED)


def _twice(material: Material) -> Iterator[Problem]:
    first: dict[str, Cell] = {}
    for cell, call in exercises(material.cells):
        if not isinstance(call.first, str):
            continue
        if call.first in first:
            yield cell.problem(
                f"The exercise {call.first} is at {first[call.first].place} already.",
                "Give it an id of its own: answers are kept by it.",
                at=call.node,
            )
        first.setdefault(call.first, cell)


def _unreadable(material: Material) -> Iterable[Problem]:
    return material.unreadable


def _missing(material: Material) -> Iterator[Problem]:
    for lesson in material.course.lessons:
        if lesson.notebook not in material.files:
            yield Problem(
                material.in_manifest(lesson.notebook),
                f"The notebook of lesson {lesson.id}, {lesson.notebook}, is not there.",
                "Add it, or mend the key `notebook`.",
            )


def _unused(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        if notebook.lesson is None:
            yield Problem(
                notebook.place,
                "It is no lesson, and is delivered all the same.",
                f"Add it to {MANIFEST} as a lesson, or delete it.",
            )


RULES: tuple[Rule, ...] = (
    error("exercise-twice", _twice),
    error("notebook-unreadable", _unreadable),
    error("notebook-missing", _missing),
    warning("notebook-unused", _unused),
)
