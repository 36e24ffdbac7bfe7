"""Records by hand: `a_record` of given lessons, and `record` with one lesson of each kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from courses.validation.job import plain
from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord, worst

TRACE = plain("\x1b[0;31mValueError\x1b[0m: [bold] <&> \x00\x0b\ud800 \x1b]0;title\x07end")


@pytest.fixture
def a_record() -> Callable[..., ValidationRecord]:
    def a_record(*lessons: LessonResult, course: str = "tiny") -> ValidationRecord:
        return ValidationRecord(
            course=course,
            version="1.0.0",
            content_hash="a" * 64,
            machine="here",
            started_at="2026-01-01T00:00:00+00:00",
            validated_at="2026-01-01T00:01:00+00:00",
            seconds=60,
            outcome=worst(one.outcome for one in lessons),
            lessons=lessons,
        )

    return a_record


@pytest.fixture
def record(a_record: Callable[..., ValidationRecord]) -> ValidationRecord:
    cells = (
        CellResult(id="fine", line=5, outcome=Outcome.PASSED, seconds=0.5),
        CellResult(id="bad", line=12, outcome=Outcome.FAILED, message="Oh: <no>", detail=TRACE),
        CellResult(id="later", line=20, outcome=Outcome.NOT_VALIDATED, message="It did not run."),
    )
    return a_record(
        LessonResult(
            lesson="one",
            notebook="one.ipynb",
            outcome=Outcome.FAILED,
            seconds=3.5,
            budget_s=60,
            peak_memory_mib=210,
            memory_budget_mib=1024,
            cut_off=False,
            cells=cells,
        ),
        LessonResult(
            lesson="old",
            notebook="old.ipynb",
            outcome=Outcome.PASSED,
            seconds=9,
            cached=True,
            cut_off=True,
        ),
        LessonResult(
            lesson="gpu", notebook="gpu.ipynb", outcome=Outcome.NOT_VALIDATED, message="No GPU."
        ),
        LessonResult(
            lesson="lost", notebook="lost.ipynb", outcome=Outcome.ERRORED, message="Node gone."
        ),
    )
