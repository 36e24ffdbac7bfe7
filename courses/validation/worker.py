"""One lesson in a process of its own: `python -m courses.validation.worker JOB.json`.

papermill changes the working directory of the whole process: so never two lessons in one. The
worker is the same in a batch job on a node and, forked from a warm process, on this computer.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from platform import node, python_version
from types import FrameType

from courses.validation import job as jobs
from courses.validation import variables, world
from courses.validation.imports import KERNEL
from courses.validation.job import Job
from courses.validation.keeper import Limits
from courses.validation.packages import lacking
from courses.validation.record import LessonResult
from courses.validation.warm import Warm, WarmRoot
from spawners.errors import OnboardError
from spawners.quick_start import skip_slow_grammar

# Here, since what is imported after this needs nbformat.
skip_slow_grammar()

_JUDGES = ("papermill", "nbclient", "nbval", "nbformat", "ipykernel")


def main(job_file: str) -> None:
    """Run the lesson and write its result beside the job file."""
    signal.signal(signal.SIGTERM, _stop)
    job = Job.model_validate_json(Path(job_file).read_bytes())
    started, clock = datetime.now(UTC), time.monotonic()
    result = _run(job)
    result = result.model_copy(
        update={
            "seconds": round(time.monotonic() - clock, 3),
            "ran_at": started.isoformat(timespec="seconds"),
            "host": node(),
            "versions": versions(),
        }
    )
    jobs.write(job.run / jobs.RESULT, result)


def _stop(number: int, _frame: FrameType | None) -> None:
    # As an exception, so that kernel and scratch folder go too.
    raise SystemExit(128 + number)


def _run(job: Job) -> LessonResult:
    if (result := lacking(job.lesson)) is not None:
        return result
    try:
        with jobs.private_folder(str(job.run)) as scratch, _warm(job, scratch) as warm:
            return _run_in(job, scratch, *warm)
    except ImportError as error:
        return jobs.errored(
            job.lesson,
            f"The environment {sys.prefix} cannot run lessons: {error}. "
            "Install aifactory-onboarding[author] in it.",
        )
    except (OSError, OnboardError) as error:
        return jobs.errored(job.lesson, str(error))


def _run_in(job: Job, scratch: Path, warm: Warm, root: Warm) -> LessonResult:
    # An environment may lack what these import; that is a result like any other.
    from courses.validation import provisioner
    from courses.validation.lesson_run import LessonRun

    # What a lesson's own job writes and reads must be where other nodes see it too.
    course = (job.run if job.lesson.needs.slurm else scratch) / "course"
    _settle(scratch, job.lesson.needs.cpus)
    world.copy(job.course_folder, (job.lesson.notebook, *job.files), course)
    needs = job.lesson.needs
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = provisioner.NAME
    provisioner.launch = provisioner.Launch(
        warm=warm,
        root=root,
        run=job.run,
        limits=Limits(memory_mib=needs.memory_mib),
        # A job is submitted through the network.
        online=needs.slurm,
        fork=job.fork,
    )
    return LessonRun(job, course).execute()


def _settle(scratch: Path, cpus: int) -> None:
    """Let Jupyter, temporary files and the number of threads be this lesson's own."""
    own = variables.private(scratch) | {"TMPDIR": str(scratch / "t")}
    for path in own.values():
        Path(path).mkdir(mode=0o700)
    os.environ.update(own | variables.threads(cpus))


@contextlib.contextmanager
def _warm(job: Job, scratch: Path) -> Iterator[tuple[Warm, Warm]]:
    """The warm process that the kernel comes from, and the bare one: this job's, or its own."""
    if job.warm is not None and job.root is not None:
        yield Warm(job.warm), Warm(job.root)
        return
    with WarmRoot(scratch / "z", KERNEL, variables.kept(os.environ), scratch) as root:
        root.begun()
        yield root, root


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of what judges lessons, as far as they are installed."""
    found = {"python": python_version()}
    for name in _JUDGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


if __name__ == "__main__":
    main(sys.argv[1])
