"""The hooks and collectors of `pytest --onboard`: a course, its lessons. Nothing runs early."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from courses.authoring import manifest
from courses.authoring.asking import asking_cells
from courses.authoring.source import read
from courses.validation import here
from courses.validation import job as jobs
from courses.validation.check import validate
from courses.validation.pytest_items import Cell, Judged, Whole
from courses.validation.record import LessonResult, ValidationRecord
from courses.validation.reports.junit import WHOLE, case_name
from courses.validation.shared_run import SharedRun
from spawners.errors import OnboardError

_SHARED = "onboard_shared"
"""Where a worker of pytest-xdist finds the name of the folder that all of them share."""


class Courses:
    """The hooks. Registered only with `--onboard`."""

    def __init__(self, config: pytest.Config) -> None:
        self._shared: Path | None = None
        config.addinivalue_line("markers", "onboard: a cell or a lesson of a course")

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Take every course.toml for a course."""
        if file_path.name != manifest.MANIFEST:
            return None
        return CourseFile.from_parent(parent, path=file_path)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401  xdist's WorkerController
        """Name one folder to every worker: whichever needs a course first runs it for all."""
        if self._shared is None:
            self._shared = Path(tempfile.mkdtemp(prefix="onboard-pytest-"))
        node.workerinput[_SHARED] = str(self._shared)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Report a cell's own time: what pytest measured is whoever waited for the course."""
        report = yield
        if isinstance(item, Judged):
            report.duration = item.seconds if call.when == "call" else 0.0
        return report

    def pytest_unconfigure(self) -> None:
        """Leave nothing behind."""
        if self._shared is not None:
            shutil.rmtree(self._shared, ignore_errors=True)


class CourseFile(pytest.File):
    """A course."""

    @cached_property
    def run(self) -> SharedRun:
        """The one run of the course."""
        named = getattr(self.config, "workerinput", {}).get(_SHARED)
        shared = Path(named) if named else None
        # A worker on another machine does not see the folder: it runs the course for itself.
        if shared is not None and not shared.is_dir():
            shared = None
        return SharedRun(self.path.parent, _validate, shared)

    def collect(self) -> Iterator[pytest.Collector]:
        """Yield the lessons. A broken manifest is an error in a sentence."""
        try:
            course = manifest.load(self.path.parent)
        except OnboardError as error:
            raise self.CollectError(str(error)) from None
        for lesson in course.lessons:
            yield LessonCollector.from_parent(self, name=lesson.id, lesson=lesson)


class LessonCollector(pytest.Collector):
    """A lesson."""

    parent: CourseFile

    def __init__(self, *, lesson: manifest.Lesson, **named: Any) -> None:  # noqa: ANN401
        super().__init__(**named)
        self._lesson = lesson
        self.notebook = self.path.parent / lesson.notebook

    @property
    def result(self) -> LessonResult:
        """What became of the lesson; the first who asks runs the course. Raises OnboardError."""
        record = self.parent.run.record()
        found = next((one for one in record.lessons if one.lesson == self.name), None)
        return found or jobs.errored(self._lesson, "The course changed meanwhile.")

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the code cells, the text cells with a quiz, and the lesson as a whole."""
        try:
            source = read(self.notebook)
        except OnboardError as error:
            raise self.CollectError(str(error)) from None
        asking = asking_cells(source.notebook)
        for cell in source.notebook.cells:
            if cell.cell_type == "code" or cell.id in asking:
                name, line = case_name(cell.id), source.lines[cell.id]
                yield Cell.from_parent(self, name=name, cell_id=cell.id, line=line)
        yield Whole.from_parent(self, name=WHOLE)


class _Silent:
    """A `Watch` that says nothing: pytest reports."""

    def at(self, lesson: object, where: object) -> None:
        """Say nothing."""

    def finished(self, result: LessonResult) -> None:
        """Say nothing."""


def _validate(folder: Path) -> ValidationRecord:
    return validate(folder, here.machine(), None, _Silent())
