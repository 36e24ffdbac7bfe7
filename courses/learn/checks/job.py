"""A batch job that the trainee submitted: it ran, asked for the right things, and ended well."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses.learn.checks.base import CannotTell, wrong
from courses.learn.checks.slurm import JobFacts, job_id_in, read_jobs
from courses.learn.words import say

_WAITS = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"}
_RUNS = {"RUNNING", "COMPLETING", "SUSPENDED", "STAGE_OUT", "SIGNALING", "RESIZING", "STOPPED"}
_LONGEST_OUTPUT_BYTES = 1024**2
_PAUSE_S = 2.0


@dataclass(frozen=True)
class JobCheck:
    """The answer is the number of a batch job, or what `sbatch` printed.

    The job has ended well, and asked for what is given: None is not compared. `printed` is a
    regular expression that must be found in the job's output. The check waits up to `wait_s`
    seconds for the job to end; one that has not ended then is not judged. `tasks` is how many
    tasks a job array has; all that is asked of a job is asked of each.
    """

    name: str
    message: str = ""
    cpus: int | None = None
    nodes: int | None = None
    gpus: int | None = None
    time_limit_s: int | None = None
    partition: str | None = None
    printed: str = ""
    wait_s: float = 0.0
    tasks: int | None = None

    def __post_init__(self) -> None:
        re.compile(self.printed)

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Ask Slurm. Raises AssertionError with what is wrong, CannotTell if it is too early."""
        job_id = job_id_in(answer)
        if not job_id:
            raise wrong("Your answer should be the number that sbatch printed.")
        jobs = _ended(job_id, self.wait_s)
        if self.tasks is not None and len(jobs) != self.tasks:
            raise AssertionError(_another_request(say("Array tasks"), len(jobs), self.tasks))
        for job in jobs:
            if said := self._request_fault(job) or _ending_fault(job) or self._output_fault(job):
                raise AssertionError(said)
        return True

    def _request_fault(self, job: JobFacts) -> str:
        asked = (
            (say("CPUs"), job.cpus, self.cpus),
            (say("Nodes"), job.nodes, self.nodes),
            (say("GPUs"), job.gpus, self.gpus),
            (say("Time limit in seconds"), job.time_limit_s, self.time_limit_s),
            (say("Partition"), job.partition, self.partition),
        )
        for what, found, wanted in asked:
            if wanted is not None and found != wanted:
                return _another_request(what, found, wanted)
        return ""

    def _output_fault(self, job: JobFacts) -> str:
        if not self.printed:
            return ""
        if job.output is None or (text := read_output(job.output)) is None:
            raise CannotTell(say("The output of job {job} cannot be read.", job=job.id))
        if re.search(self.printed, text, re.MULTILINE):
            return ""
        file = job.output.name
        return say(
            "Job {job} did not print what it should: look into {file}.", job=job.id, file=file
        )


def read_output(path: Path) -> str | None:
    """Return the last MiB of a job's output; None for what is no regular file of this user's.

    Follows no link and waits for no pipe: a job may have put anything there.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        file.seek(max(0, status.st_size - _LONGEST_OUTPUT_BYTES))
        return file.read(_LONGEST_OUTPUT_BYTES).decode("utf-8", errors="replace")


def _another_request(what: str, found: object, wanted: object) -> str:
    return say(
        "The job did not ask for the right thing. {what}: {mine}; it should be {expected}.",
        what=what,
        mine="?" if found is None else found,
        expected=wanted,
    )


def _ended(job_id: str, wait_s: float) -> tuple[JobFacts, ...]:
    deadline = time.monotonic() + wait_s
    while True:
        jobs = read_jobs(job_id)
        if not jobs:
            raise wrong("Slurm knows no job {job} of yours.", job=job_id)
        under_way = [job for job in jobs if job.state in _WAITS | _RUNS]
        if not under_way:
            return jobs
        if time.monotonic() >= deadline:
            raise CannotTell(_not_yet(under_way[0]))
        time.sleep(_PAUSE_S)


def _not_yet(job: JobFacts) -> str:
    if job.state in _RUNS:
        return say(
            "Job {job} is still running: run this check again when it has ended.", job=job.id
        )
    return say(
        "Job {job} is still waiting in the queue ({reason}): run this check again when it has "
        "ended.",
        job=job.id,
        reason=job.reason or "?",
    )


def _ending_fault(job: JobFacts) -> str:
    endings = {
        "COMPLETED": "",
        "TIMEOUT": say("Job {job} ran into its time limit.", job=job.id),
        "OUT_OF_MEMORY": say("Job {job} used more memory than it had asked for.", job=job.id),
        "CANCELLED": say("Job {job} was cancelled.", job=job.id),
        "FAILED": say(
            "Job {job} ended with an error (exit code {code}): its output says more.",
            job=job.id,
            code=job.exit_code.partition(":")[0] or "?",
        ),
    }
    other = say("Job {job} did not end well: Slurm says {state}.", job=job.id, state=job.state)
    return endings.get(job.state, other)
