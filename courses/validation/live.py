"""What a person sees while lessons run: a bar a lesson on a terminal, lines anywhere else."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from courses.authoring.manifest import Lesson
from courses.validation import job as jobs
from courses.validation.record import LessonResult, Outcome

STYLES = {
    Outcome.PASSED: "green",
    Outcome.FAILED: "red",
    Outcome.ERRORED: "magenta",
    Outcome.NOT_VALIDATED: "yellow",
}


class Watch(Protocol):
    """Is told how the lessons come along."""

    def at(self, lesson: Lesson, where: jobs.Progress | str) -> None:
        """Take note of the cell a lesson is at, or, in a word, of what it waits for."""

    def finished(self, result: LessonResult) -> None:
        """Take note of a lesson's end."""


class Lines:
    """One line for each lesson that has ended: for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        return

    def at(self, lesson: Lesson, where: jobs.Progress | str) -> None:
        """Say nothing: a log has no use for what changes by the second."""

    def finished(self, result: LessonResult) -> None:
        """Print how the lesson came out."""
        line = f"{result.lesson}: {result.outcome.value} ({result.seconds:.1f} s)"
        self._console.print(Text(line))


class Bars:
    """A bar for each lesson that runs."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[word]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def at(self, lesson: Lesson, where: jobs.Progress | str) -> None:
        """Move the lesson's bar."""
        task = self._task(lesson.id)
        if isinstance(where, str):
            self._progress.update(task, word=where)
        else:
            word = f"cell {where.cell}"
            self._progress.update(task, completed=where.done, total=where.total, word=word)

    def finished(self, result: LessonResult) -> None:
        """Fill the lesson's bar, and say how it came out."""
        task = self._task(result.lesson)
        word = f"[{STYLES[result.outcome]}]{result.outcome.value}"
        self._progress.update(task, total=1, completed=1, word=word)
        self._progress.stop_task(task)

    def _task(self, lesson_id: str) -> TaskID:
        if lesson_id not in self._tasks:
            self._tasks[lesson_id] = self._progress.add_task(lesson_id, total=None, word="starts")
        return self._tasks[lesson_id]


def watch(console: Console) -> Lines | Bars:
    """Return what suits the console."""
    return Bars(console) if console.is_terminal else Lines(console)
