"""Validate a course: plan, look into the cache, run the rest, record. What the commands call."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from courses.authoring import manifest, soundness
from courses.authoring.content import SANITIZE, content_files, content_hash
from courses.authoring.data_files import sha256
from courses.validation import cache, imports, pool, remote, world
from courses.validation.cache import NOTHING, Results
from courses.validation.live import Watch
from courses.validation.plan import Place, place
from courses.validation.pool import USUAL, How, Task
from courses.validation.record import LessonResult, ValidationRecord, worst
from spawners.errors import InvalidInput
from spawners.jobs import Batch
from spawners.machine import Machine


@dataclass(frozen=True)
class _Lesson:
    """A lesson that can run, with what is known of it before it does."""

    place: Place
    notebook: Mapping[str, Any]
    text: str
    files: tuple[str, ...]
    key: str
    """Empty where its result cannot be kept."""

    def task(self) -> Task:
        cells = [
            "".join(cell["source"])
            for cell in self.notebook["cells"]
            if cell["cell_type"] == "code"
        ]
        return Task(self.place.lesson, self.files, imports.imports_of(cells, self.files))


def validate(
    folder: Path,
    machine: Machine,
    batch: Batch | None,
    watch: Watch,
    *,
    how: How = USUAL,
    results: Results = NOTHING,
) -> ValidationRecord:
    """Validate every lesson of the course in `folder` and return the record, not signed.

    With `batch`, each is a job on `machine`; without, a process here, and `machine` says what here
    has. Raises InvalidInput for a course that cannot be run at all.
    """
    course = manifest.load(folder)
    files = content_files(folder)
    before = content_hash(folder, files)
    require_sound(folder, course, results, files)
    started, clock = _now(), time.monotonic()
    found = _Validation(folder, course, files, machine, batch, watch, how, results).run()
    if content_hash(folder) != before:  # of the files that are there now
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
        outcome=worst(one.outcome for one in found),
        lessons=tuple(found),
    )


def require_sound(
    folder: Path,
    course: manifest.Course,
    results: Results = NOTHING,
    files: Sequence[Path] | None = None,
) -> None:
    """Raise InvalidInput for what no run is needed to see, the course's sanitize.cfg included.

    `files` as for `courses.authoring.soundness.require_sound`.
    """
    soundness.require_sound(folder, course, results, files)
    if (folder / SANITIZE).exists():
        from courses.validation import compare

        compare.patterns(folder)


class _Validation:
    def __init__(
        self,
        folder: Path,
        course: manifest.Course,
        content: Sequence[Path],
        machine: Machine,
        batch: Batch | None,
        watch: Watch,
        how: How,
        results: Results,
    ) -> None:
        self._folder = folder
        self._course = course
        self._machine = machine
        self._batch = batch
        self._watch = watch
        self._how = how
        self._results = results
        self._content = content
        self._sums: dict[str, str] = {}
        self._found: dict[str, LessonResult] = {}

    def run(self) -> list[LessonResult]:
        """Return the result of every lesson, in the course's order."""
        to_run = []
        for lesson in self._course.lessons:
            planned = place(lesson, self._course, self._machine)
            if isinstance(planned, LessonResult):
                self._note(planned)
                continue
            one = self._known(planned)
            cached = self._results.find(one.key) if one.key else None
            if cached is None:
                to_run.append(one)
            else:
                self._note(_relined(cached, lesson.notebook, one.text))
        for one, result in zip(to_run, self._ran(to_run), strict=True):
            self._found[result.lesson] = result
            if one.key:
                self._results.keep(one.key, result)
        return [self._found[lesson.id] for lesson in self._course.lessons]

    def _note(self, result: LessonResult) -> None:
        self._found[result.lesson] = result
        self._watch.finished(result)

    def _known(self, planned: Place) -> _Lesson:
        lesson = planned.lesson
        text = (self._folder / lesson.notebook).read_text(encoding="utf-8")
        notebook = json.loads(text)
        files = world.files_of(self._course, lesson, self._content)
        return _Lesson(planned, notebook, text, files, self._key(planned, notebook, files))

    def _key(self, planned: Place, notebook: Mapping[str, Any], files: Sequence[str]) -> str:
        lock = cache.lock_of(planned.environment) if self._batch else cache.environment_lock()
        if not lock:
            return ""
        sanitize = self._folder / SANITIZE
        return cache.key_of(
            planned.lesson,
            notebook,
            {name: self._sum(name) for name in files},
            machine=self._machine,
            size=planned.size,
            lock=lock,
            sanitize=sanitize.read_text(encoding="utf-8") if sanitize.exists() else "",
            fork=self._how.fork,
        )

    def _sum(self, name: str) -> str:
        if name not in self._sums:
            self._sums[name] = sha256(self._folder / name)
        return self._sums[name]

    def _ran(self, lessons: Sequence[_Lesson]) -> list[LessonResult]:
        if self._batch is None:
            tasks = [one.task() for one in lessons]
            return pool.run_lessons(tasks, self._folder, self._watch, self._how)
        places = [replace(one.place, files=one.files) for one in lessons]
        jobs = remote.run_lessons(
            places, self._folder, self._batch, self._watch, fork=self._how.fork
        )
        return asyncio.run(jobs)


def _relined(result: LessonResult, notebook: str, text: str) -> LessonResult:
    """Return the result with the lines where its cells are now: text around them may be new."""
    from courses.authoring.cell_lines import cell_lines

    lines = cell_lines(text)
    cells = tuple(cell.model_copy(update={"line": lines[cell.id]}) for cell in result.cells)
    return result.model_copy(update={"cells": cells, "notebook": notebook})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
