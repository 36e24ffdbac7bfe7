"""A lesson in several languages: how its notebooks are called, and how far translations are.

One source notebook for each lesson, and one `locale/<language>.po` for each language of the course.
Light to import: what does the work is in `courses.authoring.translation`, which imports this.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field

from courses.authoring.manifest import Course
from spawners.machine import Model

LOCALE = "locale"
"""The folder of a course with its translations: for authors, not for trainees."""

_LONGEST = 60


class State(StrEnum):
    """How a text stands in one language."""

    TRANSLATED = "translated"
    STALE = "stale"
    """There is a translation, but of an earlier text."""
    MISSING = "missing"
    MISFIT = "misfit"
    """The translation fills in other places than its source: `{n}` is gone, or misspelt."""
    OBSOLETE = "obsolete"
    """There is a translation, and no such text any more."""


_SAID = {
    State.TRANSLATED: "is in {language}",
    State.STALE: "has changed since it was translated into {language}",
    State.MISSING: "is not in {language}",
    State.MISFIT: "has other places to fill in in {language}, or in another order",
    State.OBSOLETE: "is no more, but there is a translation into {language}",
}


class TranslationProblem(Model):
    """What is wrong with one text of the course in one language."""

    language: str
    lesson: str
    """Empty for a text of the course as a whole."""
    notebook: str
    """Or course.toml: then `cell` is the key of the text there."""
    cell: str
    line: Annotated[int, Field(ge=1)]
    """Where the cell starts in the .ipynb file; 1 for course.toml."""
    kind: State
    text: str
    """In the language that the course is written in."""

    def __str__(self) -> str:
        text = " ".join(self.text.split())
        short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        said = _SAID[self.kind].format(language=self.language)
        return f"{self._place}: “{short}” {said}"

    @property
    def _place(self) -> str:
        if self.notebook.endswith(".ipynb"):
            return f"{self.notebook}:{self.line}: cell {self.cell}"
        lesson = f" of lesson {self.lesson}" if self.lesson else ""
        return f"{self.notebook}: {self.cell}{lesson}"


class TranslationReport(Model):
    """How one language stands."""

    language: str
    translated: int
    """How many texts of the notebooks are."""
    problems: tuple[TranslationProblem, ...]
    """What trainees would read in the course's own language: stale, missing, misfit."""
    obsolete: tuple[TranslationProblem, ...]


def notebook_in(notebook_path: str, language: str, source_language: str) -> str:
    """Return the path of a lesson's notebook in a language: `a/one.ipynb`, `a/one.fr.ipynb`."""
    if language == source_language:
        return notebook_path
    return str(PurePosixPath(notebook_path).with_suffix(f".{language}.ipynb"))


def targets(course: Course) -> tuple[str, ...]:
    """Return the languages that the course is translated into: not the one it is written in."""
    return tuple(one for one in dict.fromkeys(course.languages) if one != course.language)
