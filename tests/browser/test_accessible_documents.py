"""Pages that are files, for everybody: the preview of a lesson, and the report of a validation."""

from __future__ import annotations

from pathlib import Path

import pytest
from accessible import VIEWS, check
from click.testing import CliRunner
from playwright.sync_api import Page

from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord
from courses.validation.reports.html import write_html
from hub_config.cli import onboard

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]


def test_the_preview_of_a_lesson(page: Page, tmp_path: Path) -> None:
    # given a course as it is begun
    command("new", tmp_path / "mine")
    command("preview", tmp_path / "mine", "--output", tmp_path / "lesson.html")
    # then its page is in order
    in_each_view(page, tmp_path / "lesson.html")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_report_of_a_validation(page: Page, tmp_path: Path, outcome: Outcome) -> None:
    # given a lesson that ended so
    cell = CellResult(
        id="a-cell-with-quite-a-long-id-that-does-not-fit",
        line=12,
        outcome=outcome,
        seconds=2,
        message="The cell raised NameError: name 'undefined_name' is not defined.",
        detail="Traceback (most recent call last)\n" + "x" * 300,
        source="print(undefined_name)  # " + "y" * 200,
        outputs=({"output_type": "stream", "name": "stdout", "text": "z" * 300},),
    )
    lesson = LessonResult(
        lesson="first", notebook="first.ipynb", outcome=outcome, seconds=3, started_s=0,
        budget_s=60, cells=(cell,),
    )  # fmt: skip
    record = ValidationRecord(
        course="tiny", version="1.0.0", content_hash="a" * 64, machine="here",
        started_at="2026-01-01T00:00:00+00:00", validated_at="2026-01-01T00:01:00+00:00",
        seconds=3, outcome=outcome, lessons=(lesson,),
    )  # fmt: skip
    write_html(record, tmp_path, tmp_path / "report.html")
    # then its page is in order
    in_each_view(page, tmp_path / "report.html")


def command(*words: object) -> None:
    result = CliRunner().invoke(onboard, ["course", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def in_each_view(page: Page, file: Path) -> None:
    for view in VIEWS:
        view.take(page)
        page.goto(file.as_uri())
        check(page, f"{file.stem}-{view}")
