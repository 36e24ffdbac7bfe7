"""Lessons as batch jobs: each in a session size that fits, all followed by one query a poll.

The run folder is in the submitter's home, which nodes share with the login node on a cluster.
What the machine does wrong is errored, never failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from courses.authoring.content import content_files
from courses.authoring.manifest import Lesson
from courses.validation import job as jobs
from courses.validation.job import Job
from courses.validation.live import Watch
from courses.validation.plan import Place
from courses.validation.record import LessonResult
from spawners.errors import BatchError
from spawners.jobs import Batch, JobSpec, JobState, JobStatus, Snapshot

RUNS = Path("~/.cache/aifactory-onboarding/runs")
_CANCEL_S = 30.0


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds."""

    poll_s: float = 1.0
    queue_s: float = 1800.0
    silence_s: float = 180.0
    """The batch system may leave a job unknown this long."""
    settle_s: float = 5.0
    """A shared file system may show a node's file this late."""
    start_s: float = 300.0
    """A job's own overhead, beside its lesson's budget."""
    again_s: float = 30.0
    """After a refused submission: a full queue may have room by then."""


@dataclass
class _Pending:
    place: Place
    run: Path
    job_id: str
    attempt: int
    queued_at: float = field(default_factory=time.monotonic)
    known_at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None


async def run_lessons(
    places: Sequence[Place],
    course_folder: Path,
    batch: Batch,
    watch: Watch,
    patience: Patience = Patience(),
    *,
    fork: bool = True,
) -> list[LessonResult]:
    """Run the lessons as jobs and return their results; on Ctrl-C every job is cancelled."""
    folder = await asyncio.to_thread(_new_folder, course_folder)
    try:
        return await _Runs(folder, batch, watch, patience, fork).all(places)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder(course_folder: Path) -> Path:
    folder = RUNS.expanduser() / secrets.token_hex(6)
    folder.mkdir(parents=True, mode=0o700)
    # The nodes may not see where the course is.
    for path in content_files(course_folder):
        target = folder / "course" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course_folder / path, target)
    return folder


class _Runs:
    def __init__(
        self, folder: Path, batch: Batch, watch: Watch, patience: Patience, fork: bool
    ) -> None:
        self._folder = folder
        self._fork = fork
        self._batch = batch
        self._watch = watch
        self._patience = patience
        self._pending: dict[str, _Pending] = {}
        self._refused: list[tuple[float, Place]] = []
        """What was refused at first, and when to ask again."""
        self._results: dict[str, LessonResult] = {}

    async def all(self, places: Sequence[Place]) -> list[LessonResult]:
        try:
            for place in places:
                await self._submit(place)
            while self._pending or self._refused:
                await self._ask_again()
                await self._look()
                if self._pending or self._refused:
                    await asyncio.sleep(self._patience.poll_s)
        finally:
            await asyncio.gather(*(self._cancel(one) for one in list(self._pending.values())))
        return [self._results[place.lesson.id] for place in places]

    async def _submit(self, place: Place, attempt: int = 1) -> None:
        run = self._folder / f"{place.lesson.id}-{attempt}"
        run.mkdir(mode=0o700)
        job = Job(
            course_folder=self._folder / "course",
            lesson=place.lesson,
            run=run,
            files=place.files,
            fork=self._fork,
        )
        jobs.write(run / jobs.JOB, job)
        try:
            job_id = await self._batch.submit(_spec(place, run, self._patience), {})
        except BatchError as error:
            if attempt == 1:
                self._refused.append((time.monotonic() + self._patience.again_s, place))
                self._watch.at(place.lesson, "refused; will be submitted once more")
            else:
                refused = jobs.errored(place.lesson, f"It could not be submitted: {error}")
                self._finish(refused, attempt)
        else:
            self._pending[job_id] = _Pending(place, run, job_id, attempt)
            self._watch.at(place.lesson, "in the queue")

    async def _ask_again(self) -> None:
        now = time.monotonic()
        due = [place for at, place in self._refused if at <= now]
        self._refused = [(at, place) for at, place in self._refused if at > now]
        for place in due:
            await self._submit(place, attempt=2)

    async def _look(self) -> None:
        if not self._pending:
            return
        try:
            snapshot = await self._batch.snapshot(list(self._pending))
        except BatchError:
            snapshot = Snapshot(jobs={})
        for one in list(self._pending.values()):
            result = await self._settle(one, snapshot.of(one.job_id))
            if result is None:
                continue
            del self._pending[one.job_id]
            if one.attempt == 1 and jobs.read_result(one.run) is None:
                # The node or the queue, not the lesson: it may go better elsewhere.
                await self._submit(one.place, attempt=2)
            else:
                self._finish(result, one.attempt)

    async def _settle(self, one: _Pending, status: JobStatus) -> LessonResult | None:
        now = time.monotonic()
        if status.state is not JobState.UNKNOWN:
            one.known_at = now
        if status.state.ended:
            return await self._result(one, status)
        if now - one.known_at > self._patience.silence_s:
            return await self._give_up(one, "the batch system says nothing of its job")
        if status.state is JobState.PENDING:
            if now - one.queued_at > self._patience.queue_s:
                why = f"its job is still in the queue ({status.reason or 'no reason given'})"
                return await self._give_up(one, why)
            self._watch.at(one.place.lesson, f"in the queue {status.reason}".strip())
        if status.state is JobState.RUNNING:
            self._watch.at(one.place.lesson, jobs.read_progress(one.run) or "starts")
        return None

    async def _give_up(self, one: _Pending, why: str) -> LessonResult:
        await self._cancel(one)
        waited = time.monotonic() - one.queued_at
        return jobs.errored(one.place.lesson, f"Given up after {waited:.0f} s: {why}.")

    async def _result(self, one: _Pending, status: JobStatus) -> LessonResult | None:
        result = jobs.read_result(one.run)
        one.ended_at = one.ended_at or time.monotonic()
        if result is not None or time.monotonic() - one.ended_at < self._patience.settle_s:
            return result
        with contextlib.suppress(BatchError):
            status = await self._batch.outcome(one.job_id)
        return _lost(one.place.lesson, one.run, one.job_id, status)

    async def _cancel(self, one: _Pending) -> None:
        with contextlib.suppress(BatchError, TimeoutError):
            async with asyncio.timeout(_CANCEL_S):
                await self._batch.cancel(one.job_id)

    def _finish(self, result: LessonResult, attempt: int) -> None:
        result = result.model_copy(update={"attempts": attempt})
        self._results[result.lesson] = result
        self._watch.finished(result)


def _spec(place: Place, run: Path, patience: Patience) -> JobSpec:
    # A short job finds a gap in the queue where a whole session would wait.
    enough = place.lesson.budget.lesson_s + int(patience.start_s)
    size = place.size.model_copy(
        update={"time_limit_s": min(place.size.time_limit_s, max(60, enough))}
    )
    return JobSpec(
        name=f"check-{place.lesson.id}"[:40].rstrip("-"),
        comment=f"onboard-check-{run.parent.name}-{place.lesson.id}"[:64],
        argv=("python", "-m", "courses.validation.worker", str(run / jobs.JOB)),
        size=size,
        environment=place.environment,
        dialect=place.dialect,
        workdir=str(run),
        log=str(run / jobs.LOG),
    )


def _lost(lesson: Lesson, run: Path, job_id: str, status: JobStatus) -> LessonResult:
    reason = f" ({status.reason})" if status.reason else ""
    host = f" on {status.host}" if status.host else ""
    code = "" if status.exit_code is None else f", exit code {status.exit_code}"
    ending = f"Job {job_id}{host} ended without a result: {status.state.value}{reason}{code},"
    return jobs.ended_early(lesson, run, ending)
