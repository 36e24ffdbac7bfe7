"""Everything of a course that can be translated, each with its place and a lasting context."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from courses.authoring.manifest import Course, Lesson
from courses.authoring.source import Source, read, trainee_version
from courses.authoring.translation.cells import Kind, rewrite


@dataclass(frozen=True)
class Passage:
    """A text to translate. `line` is where its cell starts in the .ipynb file, from 1."""

    context: str
    text: str
    kind: Kind
    lesson: str
    notebook: str
    cell: str
    line: int

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by: its context, and its text."""
        return self.context, self.text


class Contexts:
    """Names the texts of one cell: all alike, but for the second of two that are equal."""

    def __init__(self, lesson_id: str, cell_id: str) -> None:
        self._cell = f"{lesson_id}/{cell_id}"
        self._seen: Counter[str] = Counter()

    def of(self, text: str) -> str:
        """Return the context of the cell's next text: `lesson/cell`, or `lesson/cell/2`."""
        self._seen[text] += 1
        nth = self._seen[text]
        return self._cell if nth == 1 else f"{self._cell}/{nth}"


def cell_of(context: str) -> tuple[str, str]:
    """Return the lesson's and the cell's id in a context; empty where it is not one of ours."""
    lesson, _, rest = context.partition("/")
    return lesson, rest.partition("/")[0]


def passages(folder: Path, course: Course) -> tuple[Passage, ...]:
    """Read what trainees are shown, in the order of the course. Raises InvalidInput.

    Solutions and hidden tests are no trainee's to read, nor a translator's.
    """
    return tuple(
        passage
        for lesson in course.lessons
        for passage in _of_lesson(lesson, read(folder / lesson.notebook, lesson.notebook))
    )


def _of_lesson(lesson: Lesson, source: Source) -> Iterator[Passage]:
    for cell in trainee_version(source).cells:
        found: list[tuple[Kind, str]] = []

        def note(kind: Kind, text: str, found: list[tuple[Kind, str]] = found) -> str:
            found.append((kind, text))
            return text

        rewrite(copy.deepcopy(cell), note)
        contexts = Contexts(lesson.id, cell.id)
        line = source.lines.get(cell.id, 1)
        for kind, text in found:
            yield Passage(contexts.of(text), text, kind, lesson.id, lesson.notebook, cell.id, line)
