"""Lessons in worker processes of this computer, each with few variables, watched, and ended."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from courses.authoring.manifest import Lesson
from courses.validation import job as jobs
from courses.validation.job import Job
from courses.validation.live import Watch
from courses.validation.record import LessonResult

KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_*",
    "TZ",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "LD_LIBRARY_PATH",
    "CUDA_*",
    "NVIDIA_*",
    "ROCR_VISIBLE_DEVICES",
    "SLURM_*",
    "OMP_NUM_THREADS",
)
"""What a lesson may know of its caller's environment; a token or a password is not among it."""

_MARK = "ONBOARD_VALIDATION"
_POLL_S = 0.1
_KILL_S = 5.0
GRACE_S = 90.0
"""A worker ends a lesson over budget by itself; this long it may take to start and to say so."""


def run_lesson(
    lesson: Lesson, course_folder: Path, watch: Watch, grace_s: float = GRACE_S
) -> LessonResult:
    """Run one lesson in a process of its own, and leave no process and no file behind."""
    run = Path(tempfile.mkdtemp(prefix="onboard-run-"))
    mark = secrets.token_hex(8)
    try:
        job = Job(course_folder=course_folder.resolve(), lesson=lesson, run=run)
        jobs.write(run / jobs.JOB, job)
        worker = _start(job, mark)
        try:
            _await(worker, job, watch, lesson.budget.lesson_s + grace_s)
            code = worker.poll()
        finally:
            _end(worker, mark)
        result = jobs.read_result(run) or _died(job, code)
    finally:
        shutil.rmtree(run, ignore_errors=True)
    watch.finished(result)
    return result


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `environ` that a lesson may know."""
    return {
        name: value
        for name, value in environ.items()
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in KEPT)
    }


def _start(job: Job, mark: str) -> subprocess.Popen[bytes]:
    # In the run folder, so that a worker that is killed leaves nothing either.
    scratch = job.run / "tmp"
    scratch.mkdir()
    own = {_MARK: mark, "TMPDIR": str(scratch)}
    with (job.run / jobs.LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "courses.validation.worker", str(job.run / jobs.JOB)],
            env=environment(os.environ) | own,
            cwd=job.run,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _await(worker: subprocess.Popen[bytes], job: Job, watch: Watch, limit_s: float) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(_POLL_S)
            return
        watch.at(job.lesson, jobs.read_progress(job.run) or "starts")


def _died(job: Job, code: int | None) -> LessonResult:
    progress = jobs.read_progress(job.run)
    where = f" at cell {progress.cell}" if progress else " before the first cell"
    if code is None:
        how = "did not end in time and was killed"
    elif code < 0:
        how = f"was killed by {signal.Signals(-code).name}"
    else:
        how = f"ended with code {code}"
    message = f"The process that ran the lesson {how}{where}."
    return jobs.errored(job.lesson, message, detail=jobs.log_tail(job.run))


def _end(worker: subprocess.Popen[bytes], mark: str) -> None:
    """Kill the worker and all it started, what outlived it too: that carries the mark."""
    doomed = [*_tree(worker.pid), *_marked(mark)]
    for process in doomed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    worker.wait()
    limit = time.monotonic() + _KILL_S
    while any(_alive(process) for process in doomed) and time.monotonic() < limit:
        time.sleep(0.01)


def _alive(process: psutil.Process) -> bool:
    # An orphan that nobody has reaped yet has ended all the same.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return []


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        # Other users' processes, and those that end while we look.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_MARK) == mark:
                found.append(process)
    return found
