"""A validation record on a terminal, or in a log: a line a lesson, then what went wrong, where."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from courses.validation.job import plain
from courses.validation.live import STYLES
from courses.validation.record import ExerciseResult, LessonResult, Outcome, ValidationRecord
from courses.validation.reports import words
from courses.validation.reports.findings import Finding, of_lesson

_NUMBERS = ("seconds", "MiB")


def show(record: ValidationRecord, folder: Path, console: Console) -> None:
    """Print a line a lesson, below it what went wrong, and the totals."""
    console.print(_table(record))
    for lesson in record.lessons:
        for finding in of_lesson(lesson):
            _explain(finding, folder, console)
        if lesson.outcome is not Outcome.PASSED:
            _exercises(lesson, console)
        if network := words.network_of(lesson):
            console.print(_text(f"{lesson.lesson}: {network}", "yellow"), soft_wrap=True)
    console.print()
    console.print(Text(totals(record)), soft_wrap=True)
    name = f"{record.course} {record.version} on {record.machine}: "
    console.print(Text(name).append(record.outcome.value, STYLES[record.outcome]), soft_wrap=True)


def totals(record: ValidationRecord) -> str:
    """Sum it up in a line: lessons by outcome, cells, time, the most memory."""
    counts = [f"{n} {one.value}" for one, n in words.outcomes(record.lessons).items() if n]
    cells = sum(len(lesson.cells) for lesson in record.lessons)
    work = sum(lesson.seconds for lesson in record.lessons if not lesson.cached)
    said = [
        f"{words.many(len(record.lessons), 'lesson')} ({', '.join(counts)})",
        words.many(cells, "cell"),
        f"{words.seconds(work)} of work in {words.seconds(record.seconds)}",
    ]
    if cached := sum(lesson.cached for lesson in record.lessons):
        said.append(f"{cached} from the cache")
    if most := max((one.peak_memory_mib or 0 for one in record.lessons), default=0):
        said.append(f"at most {words.memory(most)}")
    return ", ".join(said)


def _table(record: ValidationRecord) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    # An id that is cut in two, or short, cannot be searched for.
    table.add_column("lesson", overflow="fold")
    for name in ("outcome", "seconds", "MiB", "cached"):
        table.add_column(name, no_wrap=True, justify="right" if name in _NUMBERS else "left")
    table.add_column("where", overflow="fold")
    for lesson in record.lessons:
        table.add_row(
            _text(lesson.lesson),
            _text(lesson.outcome.value, STYLES[lesson.outcome]),
            _text(_of(f"{lesson.seconds:.1f}", lesson.budget_s)),
            _text(_of(lesson.peak_memory_mib, lesson.memory_budget_mib)),
            "yes" if lesson.cached else "",
            _text(", ".join(f"cell {one.cell}" for one in of_lesson(lesson) if one.cell)),
        )
    return table


def _of(used: str | int | None, budget: int | None) -> str:
    if used is None:
        return ""
    return str(used) if budget is None else f"{used} / {budget}"


def _explain(finding: Finding, folder: Path, console: Console) -> None:
    place = f"{folder / finding.notebook}:{finding.line}"
    where = place if finding.cell else finding.lesson
    # Soft wrap: an editor or a log reader finds `file:line` in one piece.
    console.print()
    style = STYLES[finding.outcome]
    console.print(_text(f"{where}: {finding.headline}", style), soft_wrap=True)
    if finding.detail:
        console.print(_text(finding.detail), soft_wrap=True)


def _exercises(lesson: LessonResult, console: Console) -> None:
    for one in lesson.exercises:
        console.print(_text(f"{lesson.lesson}: {exercise(one)}"), soft_wrap=True)


def exercise(one: ExerciseResult) -> str:
    """Say how an exercise came out, solved by the author and as a trainee gets it."""
    states = f"solved: {one.solved or 'never came up'}, untouched: {one.untouched or 'not tried'}"
    return f"exercise {one.id} (cell {one.cell}): {states}"


def _text(value: str, style: str = "") -> Text:
    # What a lesson wrote may hold codes that a terminal obeys.
    return Text(plain(value), style)
