"""The run of `onboard course translate`: what each .po file is to be, written and shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from courses.authoring.content import require_notebooks
from courses.authoring.language import State, TranslationReport
from courses.authoring.manifest import Course
from courses.authoring.translation import po
from courses.authoring.translation.merge import Change, Merged, merge
from courses.authoring.translation.passages import passages
from courses.authoring.translation.report import report

_COLUMNS = ("language", "translated", "stale", "missing", "misfit", "obsolete", "what changed")


@dataclass(frozen=True)
class Update:
    """One language: its file as it is to be, and how it stands then."""

    path: Path
    text: str
    changes_file: bool
    merged: Merged
    report: TranslationReport

    @property
    def changes(self) -> str:
        """Say what is different: `3 new, 1 changed`."""
        counted = Counter(one.change.value for one in self.merged.entries)
        parts = [
            *((counted[one], one.value) for one in Change if one is not Change.NONE),
            (self.merged.gone, "gone"),
        ]
        said = ", ".join(f"{number} {word}" for number, word in parts if number)
        return said or ("places in the notebooks" if self.changes_file else "nothing")


def planned(folder: Path, course: Course, languages: Iterable[str]) -> tuple[Update, ...]:
    """Merge each language's file with the course; nothing is written. Raises InvalidInput."""
    require_notebooks(folder, course)
    texts = passages(folder, course)
    updates = []
    for language in languages:
        path = po.path_of(folder, language)
        file = po.read(path)
        merged = merge(texts, file.known, file.obsolete)
        text = po.written(file, merged, course.id, language)
        changes = not path.exists() or path.read_bytes() != text.encode()
        updates.append(Update(path, text, changes, merged, report(course, language, merged)))
    return tuple(updates)


def write(updates: Iterable[Update]) -> None:
    """Write the files that change. Raises InvalidInput."""
    for one in updates:
        if one.changes_file:
            po.write(one.path, one.text)


def show(updates: Iterable[Update], console: Console, *, written: bool) -> None:
    """Print a table of the languages, and below it what is left to do, each with its place."""
    table = Table(*_COLUMNS)
    left = []
    for one in updates:
        counted = Counter(problem.kind for problem in one.report.problems)
        numbers = (counted[kind] for kind in (State.STALE, State.MISSING, State.MISFIT))
        obsolete = len(one.report.obsolete)
        counts = (one.report.translated, *numbers, obsolete)
        changes = one.changes if written or not one.changes_file else f"would: {one.changes}"
        table.add_row(one.report.language, *map(str, counts), changes)
        left += [*one.report.problems, *one.report.obsolete]
    console.print(table)
    for problem in left:
        console.print(str(problem), markup=False, soft_wrap=True)
