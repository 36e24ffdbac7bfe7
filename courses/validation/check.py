"""Validate a course: plan, run, record. What the commands call."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from courses.authoring import manifest
from courses.authoring.release import content_files, content_hash, require_notebooks
from courses.authoring.source import read, trainee_version
from courses.validation import compare, execute, remote
from courses.validation.live import Watch
from courses.validation.plan import Place, place
from courses.validation.record import LessonResult, ValidationRecord, worst
from spawners.errors import InvalidInput
from spawners.jobs import Batch
from spawners.machine import Machine


def validate(folder: Path, machine: Machine, batch: Batch | None, watch: Watch) -> ValidationRecord:
    """Run every lesson of the course in `folder` and return the record.

    With `batch`, each is a job on `machine`; without, a process here, and `machine` says what here
    has. Raises InvalidInput for a course that cannot be run at all.
    """
    course = manifest.load(folder)
    require_sound(folder, course)
    before = content_hash(folder)
    started, clock = _now(), time.monotonic()
    results = _run(folder, [place(one, course, machine) for one in course.lessons], batch, watch)
    if content_hash(folder) != before:
        raise InvalidInput(
            f"{folder}: changed while its lessons ran.", hint="Save everything, and check again."
        )
    return ValidationRecord(
        course=course.id,
        version=course.version,
        content_hash=before,
        machine=machine.name,
        started_at=started,
        validated_at=_now(),
        seconds=round(time.monotonic() - clock, 3),
        outcome=worst(one.outcome for one in results),
        lessons=tuple(results),
    )


def require_sound(folder: Path, course: manifest.Course) -> None:
    """Raise InvalidInput for what no run is needed to see: notebooks, markers, sanitize.cfg."""
    require_notebooks(folder, course)
    compare.patterns(folder)
    for path in content_files(folder):
        if path.suffix == ".ipynb":
            trainee_version(read(folder / path, path.as_posix()))


def _run(
    folder: Path, plan: list[Place | LessonResult], batch: Batch | None, watch: Watch
) -> list[LessonResult]:
    for one in plan:
        if isinstance(one, LessonResult):
            watch.finished(one)
    places = [one for one in plan if isinstance(one, Place)]
    if batch is None:
        ran = [execute.run_lesson(one.lesson, folder, watch) for one in places]
    else:
        ran = asyncio.run(remote.run_lessons(places, folder, batch, watch))
    by_lesson = {one.lesson: one for one in ran}
    return [one if isinstance(one, LessonResult) else by_lesson[one.lesson.id] for one in plan]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
