"""One lesson in a process of its own: `python -m courses.validation.worker JOB.json`.

papermill changes the working directory of the whole process: so never two lessons in one. The
worker is the same on this computer and in a batch job on a node.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from platform import node, python_version
from types import FrameType

from courses.validation import job as jobs
from courses.validation.job import Job
from courses.validation.record import LessonResult
from spawners.errors import OnboardError

# A socket's path has 104 bytes or, on Linux, 108; the folder's own part of it is 25.
_LONGEST_TMP = 75
_PR_SET_CHILD_SUBREAPER = 36
_PRIVATE = {
    "JUPYTER_RUNTIME_DIR": "r",
    "JUPYTER_DATA_DIR": "d",
    "JUPYTER_CONFIG_DIR": "c",
    "IPYTHONDIR": "i",
}
_JUDGES = ("papermill", "nbclient", "nbval", "nbformat", "ipykernel")


def main(job_file: Path) -> None:
    """Run the lesson and write its result beside the job file."""
    signal.signal(signal.SIGTERM, _stop)
    _adopt_orphans()
    job = Job.model_validate_json(job_file.read_bytes())
    started = time.monotonic()
    result = _run(job)
    seconds = round(time.monotonic() - started, 3)
    result = result.model_copy(update={"seconds": seconds, "host": node(), "versions": _versions()})
    jobs.write(job.run / jobs.RESULT, result)


def _stop(number: int, _frame: FrameType | None) -> None:
    # As an exception, so that kernel and scratch folder go too.
    raise SystemExit(128 + number)


def _adopt_orphans() -> None:
    """Stay the ancestor of whatever a lesson starts, even of what tries to leave (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _run(job: Job) -> LessonResult:
    try:
        with _private_folder() as scratch:
            return _run_in(job, scratch)
    except ImportError as error:
        return jobs.errored(
            job.lesson,
            f"The environment {sys.prefix} cannot run lessons: {error}. "
            "Install aifactory-onboarding[author] in it.",
        )
    except (OSError, OnboardError) as error:
        return jobs.errored(job.lesson, str(error))


def _run_in(job: Job, scratch: Path) -> LessonResult:
    # An environment may lack what these import; that is a result like any other.
    from courses.authoring.release import content_files
    from courses.validation.lesson_run import LessonRun

    course = scratch / "course"
    for path in content_files(job.course_folder):
        (course / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(job.course_folder / path, course / path)
    run = LessonRun(job, course)
    watchdog = threading.Timer(job.lesson.budget.lesson_s, run.end)
    watchdog.daemon = True
    watchdog.start()
    try:
        return run.execute()
    finally:
        watchdog.cancel()


@contextlib.contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder of this user's alone, for the kernel's sockets and the course's copy."""
    usual = tempfile.gettempdir()
    base = usual if len(usual) <= _LONGEST_TMP else "/tmp"  # noqa: S108  mkdtemp makes it safe
    folder = Path(tempfile.mkdtemp(prefix="onboard-", dir=base))
    try:
        # What the author keeps at home (kernels, start-up files, settings) no trainee has.
        for name, part in _PRIVATE.items():
            (folder / part).mkdir(mode=0o700)
            os.environ[name] = str(folder / part)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _versions() -> dict[str, str]:
    found = {"python": python_version()}
    for name in _JUDGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
