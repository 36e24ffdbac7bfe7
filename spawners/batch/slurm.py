"""Slurm by its command line: sbatch, squeue, scontrol, scancel. Readers are pure and named.

Only sbatch and scancel run as the trainee (through sudo); questions are asked as ourselves.
Formats: squeue(1), scontrol(1) of Slurm 22.05 and later.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence

from spawners.batch.command import Answer, run
from spawners.errors import BatchUnavailable, SubmissionRejected
from spawners.jobs import UNKNOWN, JobSpec, JobState, JobStatus, Snapshot
from spawners.script import render

# Fields that a user cannot put text into: a job's name or comment is never read here.
SQUEUE_FORMAT = "%i|%T|%r|%B"
_SQUEUE_LINE = re.compile(
    r"(?P<id>\d+)\|(?P<state>[A-Z_]+)\|(?P<reason>[^|\n]*)\|(?P<host>[^|\s]*)"
)
_SBATCH_ID = re.compile(r"(?P<id>\d+)(;[\w.-]+)?")
# Anchored to the start of a line: what a user can write (JobName, Comment) begins no such line.
_SCONTROL_STATE = re.compile(r"^   JobState=(?P<state>\w+) Reason=(?P<reason>\S*)", re.MULTILINE)
_SCONTROL_EXIT = re.compile(r"^   Requeue=.* ExitCode=(?P<code>\d+):\d+", re.MULTILINE)
_SCONTROL_HOST = re.compile(r"^   BatchHost=(?P<host>\S+)", re.MULTILINE)
_NO_SUCH_JOB = "Invalid job id specified"

STATES = {
    "PENDING": JobState.PENDING,
    "CONFIGURING": JobState.PENDING,
    "REQUEUED": JobState.PENDING,
    "REQUEUE_HOLD": JobState.PENDING,
    "REQUEUE_FED": JobState.PENDING,
    "RESV_DEL_HOLD": JobState.PENDING,
    "SPECIAL_EXIT": JobState.PENDING,
    "RUNNING": JobState.RUNNING,
    "SUSPENDED": JobState.RUNNING,
    "STOPPED": JobState.RUNNING,
    "RESIZING": JobState.RUNNING,
    "SIGNALING": JobState.RUNNING,
    "STAGE_OUT": JobState.RUNNING,
    # The end has begun and cannot be taken back; its reason is known when it is done.
    "COMPLETING": JobState.RUNNING,
    "COMPLETED": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "BOOT_FAIL": JobState.NODE_FAILED,
    "NODE_FAIL": JobState.NODE_FAILED,
    "CANCELLED": JobState.CANCELLED,
    "PREEMPTED": JobState.CANCELLED,
    "REVOKED": JobState.CANCELLED,
    "TIMEOUT": JobState.TIMEOUT,
    "DEADLINE": JobState.TIMEOUT,
    "OUT_OF_MEMORY": JobState.OUT_OF_MEMORY,
}


class SlurmBatch:
    """The `Batch` protocol on Slurm's own commands."""

    def __init__(self, *, timeout_s: float = 15.0, sudo: bool = False) -> None:
        self._timeout_s = timeout_s
        self._sudo = sudo

    async def submit(self, spec: JobSpec, secrets: Mapping[str, str]) -> str:
        """See `Batch.submit`."""
        answer = await self._run(
            [*self._as_user(spec.user), _tool("sbatch"), "--parsable"],
            stdin=render(spec),
            secrets=secrets,
        )
        if answer.code == 0:
            return read_job_id(answer.out)
        if _controller_is_silent(answer.err):
            raise BatchUnavailable(
                "The scheduler does not answer.", hint="Try again in a few minutes."
            )
        raise SubmissionRejected(
            f"The scheduler refused the job: {_last_line(answer.err)}",
            hint="Choose another session size, or ask the site's helpdesk.",
        )

    async def cancel(self, job_id: str, user: str | None = None) -> None:
        """See `Batch.cancel`."""
        answer = await self._run([*self._as_user(user), _tool("scancel"), job_id])
        over = (_NO_SUCH_JOB, "already completing or completed")
        if answer.code != 0 and not any(words in answer.err for words in over):
            raise BatchUnavailable(
                f"The job {job_id} could not be cancelled: {_last_line(answer.err)}",
                hint="Try again in a few minutes.",
            )

    async def snapshot(self, job_ids: Sequence[str]) -> Snapshot:
        """See `Batch.snapshot`."""
        if not job_ids:
            return Snapshot(jobs={})
        query = ["--noheader", "--states=all", f"--format={SQUEUE_FORMAT}"]
        answer = await self._run([_tool("squeue"), *query, f"--jobs={','.join(job_ids)}"])
        if answer.code == 0:
            return Snapshot(jobs=read_queue(answer.out))
        if _NO_SUCH_JOB in answer.err:
            # None of them is in the queue any more: `outcome` says how each ended.
            return Snapshot(jobs={})
        raise BatchUnavailable(f"squeue: {_last_line(answer.err)}")

    async def outcome(self, job_id: str) -> JobStatus:
        """See `Batch.outcome`."""
        answer = await self._run([_tool("scontrol"), "show", "job", job_id])
        return read_job(answer)

    def _as_user(self, user: str | None) -> list[str]:
        return [_tool("sudo"), "-n", "-H", "-u", user, "--"] if self._sudo and user else []

    async def _run(
        self, argv: Sequence[str], *, stdin: str = "", secrets: Mapping[str, str] | None = None
    ) -> Answer:
        # The job inherits sbatch's environment: hand it what it needs, not what the hub has.
        kept = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "SLURM_CONF")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        return await run(
            argv, timeout_s=self._timeout_s, stdin=stdin, env={**env, **(secrets or {})}
        )


def read_job_id(out: str) -> str:
    """Read what `sbatch --parsable` prints: `ID` or `ID;CLUSTER`."""
    match = _SBATCH_ID.fullmatch(out.strip())
    if match is None:
        raise BatchUnavailable("sbatch did not print a job's number.")
    return match["id"]


def read_queue(out: str) -> dict[str, JobStatus]:
    """Read squeue's lines; a line that is cut or unknown says nothing about its job."""
    jobs = {}
    for line in out.splitlines():
        match = _SQUEUE_LINE.fullmatch(line.strip())
        if match is not None:
            jobs[match["id"]] = _status(match["state"], match["reason"], match["host"])
    return jobs


def read_job(answer: Answer) -> JobStatus:
    """Read `scontrol show job`; only a known answer is an end."""
    if answer.code != 0:
        return JobStatus(state=JobState.GONE) if _NO_SUCH_JOB in answer.err else UNKNOWN
    state = _SCONTROL_STATE.search(answer.out)
    if state is None:
        return UNKNOWN
    host = _SCONTROL_HOST.search(answer.out)
    code = _SCONTROL_EXIT.search(answer.out)
    return _status(
        state["state"],
        state["reason"],
        host["host"] if host else "",
        int(code["code"]) if code else None,
    )


def _status(word: str, reason: str, host: str, exit_code: int | None = None) -> JobStatus:
    state = STATES.get(word, JobState.UNKNOWN)
    known = "" if reason in ("None", "(null)") else reason
    node = "" if host in ("n/a", "(null)") else host
    return JobStatus(state=state, reason=known, host=node, exit_code=exit_code)


def _controller_is_silent(err: str) -> bool:
    words = ("Unable to contact slurm controller", "Connection refused", "timed out", "Timed out")
    return any(word in err for word in words)


def _last_line(err: str) -> str:
    return next((line for line in reversed(err.splitlines()) if line.strip()), "no reason given")


def _tool(name: str) -> str:
    # sudo's rule names the path; without the tool the name alone gives the clear error.
    return shutil.which(name) or name
