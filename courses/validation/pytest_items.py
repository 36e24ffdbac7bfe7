"""The items of `pytest --onboard`: a code cell, and a lesson as a whole.

The verdicts are those of `onboard course check`: what failed fails, a fault of the tool or the
machine is an error, and what was not validated is never green.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from courses.validation.record import LessonResult, Outcome
from courses.validation.reports.findings import Finding, of_cell, of_lesson, of_whole
from spawners.errors import OnboardError

if TYPE_CHECKING:
    from courses.validation.pytest_course import LessonCollector


class Judged(pytest.Item):
    """What has a verdict in the record."""

    parent: LessonCollector
    line: int
    seconds = 0.0

    def __init__(self, *, line: int = 1, **named: Any) -> None:  # noqa: ANN401
        super().__init__(**named)
        self.line = line
        self.add_marker("onboard")
        if self.config.pluginmanager.hasplugin("timeout"):
            # The first item runs the whole course, and its lessons have budgets of their own.
            self.add_marker(pytest.mark.timeout(0))

    def verdict(self, lesson: LessonResult) -> Finding | None:
        """Return what is wrong with this, or None."""
        raise NotImplementedError

    def setup(self) -> None:
        """Wait for the course to have run. A fault of the tool or the machine is an error here."""
        try:
            self._wrong = self.verdict(self.parent.result)
        except OnboardError as error:
            pytest.fail(f"errored: {error}", pytrace=False)
        if self._wrong is not None and self._wrong.outcome is Outcome.ERRORED:
            self._fail(self._wrong)

    def runtest(self) -> None:
        """Fail for what is wrong."""
        wrong = self._wrong
        if wrong is None:
            return
        allowed = self.config.getoption("onboard_allow_not_validated")
        if wrong.outcome is Outcome.NOT_VALIDATED and allowed:
            pytest.skip(f"not validated: {wrong.headline}")
        self._fail(wrong)

    def _fail(self, wrong: Finding) -> NoReturn:
        # Without a traceback: it would be ours, and the lesson's own is in the detail.
        place = f"{self.parent.notebook}:{self.line}"
        said = f"{wrong.outcome.value}: {place}: {wrong.headline}\n{wrong.detail}"
        pytest.fail(said.rstrip(), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Say where this is; pytest counts lines from 0."""
        return self.parent.notebook, self.line - 1, f"{self.parent.name}: {self.name}"


class Cell(Judged):
    """A code cell."""

    def __init__(self, *, cell_id: str, **named: Any) -> None:  # noqa: ANN401
        super().__init__(**named)
        self._cell_id = cell_id

    def verdict(self, lesson: LessonResult) -> Finding | None:
        """Return what is wrong with the cell; one of which nothing is known was not validated."""
        cell = next((one for one in lesson.cells if one.id == self._cell_id), None)
        if cell is None:
            return Finding(
                lesson=lesson.lesson,
                notebook=lesson.notebook,
                outcome=Outcome.NOT_VALIDATED,
                message=f"It did not run. {of_whole(lesson).message}",
                cell=self._cell_id,
                line=self.line,
            )
        self.seconds = cell.seconds
        return None if cell.outcome is Outcome.PASSED else of_cell(lesson, cell)


class Whole(Judged):
    """The lesson as a whole: red whenever the lesson is, also where its cells were not chosen."""

    def verdict(self, lesson: LessonResult) -> Finding | None:
        """Return why the lesson did not pass."""
        self.seconds = max(0.0, lesson.seconds - sum(cell.seconds for cell in lesson.cells))
        if lesson.peak_memory_mib is not None:
            self.user_properties.append(("peak_memory_mib", lesson.peak_memory_mib))
        found = of_lesson(lesson)
        if not found:
            return None
        cells = ", ".join(f"cell {one.cell}" for one in found if one.cell)
        whole = of_whole(lesson)
        if not cells:
            return whole
        message = f"{lesson.message} {lesson.outcome.value} at {cells}.".strip()
        return Finding(whole.lesson, whole.notebook, whole.outcome, message, whole.detail)
