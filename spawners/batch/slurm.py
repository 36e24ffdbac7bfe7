"""Slurm by its command line: sbatch, squeue, scontrol, sacct, scancel.

Only sbatch and scancel run as the trainee (through sudo); questions are asked as ourselves.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence

from spawners.batch import slurm_answers as answers
from spawners.batch.command import Answer, run
from spawners.errors import BatchUnavailable, MissingTool, SubmissionRejected
from spawners.jobs import FoundJob, JobSpec, JobState, JobStatus, QueueSpot, Snapshot
from spawners.script import render

# What sbatch says when nobody has judged the request (slurm_errno.c, munge): it may be asked again.
_SILENT = (
    "Unable to contact slurm controller",
    "Connection refused",
    "timed out",
    "Timed out",
    "Zero Bytes were transmitted or received",
    "controller in standby mode",
    "temporarily unable to accept job",
    "Protocol authentication error",
    "Munge encode failed",
)


class SlurmBatch:
    """The `Batch` protocol on Slurm's own commands."""

    def __init__(self, *, timeout_s: float = 10.0, sudo: bool = False) -> None:
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
            return answers.read_job_id(answer.out)
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
        over = (answers.NO_SUCH_JOB, "already completing or completed")
        if answer.code != 0 and not any(words in answer.err for words in over):
            raise BatchUnavailable(
                f"The job {job_id} could not be cancelled: {_last_line(answer.err)}",
                hint="Try again in a few minutes.",
            )

    async def snapshot(self, job_ids: Sequence[str]) -> Snapshot:
        """See `Batch.snapshot`."""
        if not job_ids:
            return Snapshot(jobs={})
        answer = await self._squeue(
            "--states=all", f"--format={answers.SQUEUE_FORMAT}", f"--jobs={','.join(job_ids)}"
        )
        if answer.code != 0 and answers.NO_SUCH_JOB in answer.err:
            # None of them is in the queue any more: `outcome` says how each ended.
            return Snapshot(jobs={})
        return Snapshot(jobs=answers.read_queue(_said(answer)))

    async def outcome(self, job_id: str) -> JobStatus:
        """See `Batch.outcome`."""
        status = answers.read_job(await self._run([_tool("scontrol"), "show", "job", job_id]))
        if status.state is not JobState.GONE:
            return status
        # The controller forgets a job some minutes after its end; the accounting does not.
        query = ("--noheader", "--parsable2", "--allocations", f"--format={answers.SACCT_FORMAT}")
        try:
            answer = await self._run([_tool("sacct"), *query, f"--jobs={job_id}"])
        except (BatchUnavailable, MissingTool):
            # It ended, for certain; without the accounting nobody can say how.
            return status
        return answers.read_accounted(answer, job_id)

    async def queue(self) -> Mapping[str, QueueSpot]:
        """See `Batch.queue`."""
        answer = await self._squeue("--states=PENDING", f"--format={answers.WAITING_FORMAT}")
        return answers.read_waiting(_said(answer))

    async def find(self, comments: str) -> Sequence[FoundJob]:
        """See `Batch.find`."""
        answer = await self._squeue("--states=all", f"--format={answers.FOUND_FORMAT}")
        return answers.read_found(_said(answer), comments)

    async def _squeue(self, *query: str) -> Answer:
        # All: also jobs of partitions that are hidden, or closed to the hub's own user.
        return await self._run([_tool("squeue"), "--all", "--noheader", *query])

    def _as_user(self, user: str | None) -> list[str]:
        return [_tool("sudo"), "-n", "-H", "-u", user, "--"] if self._sudo and user else []

    async def _run(
        self, argv: Sequence[str], *, stdin: str = "", secrets: Mapping[str, str] | None = None
    ) -> Answer:
        # The job inherits sbatch's environment: hand it what it needs, not what the hub has.
        kept = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "SLURM_CONF")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        # Times that we read are seconds; a trainee who asks squeue in a session wants dates.
        ours = {"SLURM_TIME_FORMAT": "%s"} if secrets is None else secrets
        return await run(argv, timeout_s=self._timeout_s, stdin=stdin, env={**env, **ours})


def _said(answer: Answer) -> str:
    if answer.code != 0:
        raise BatchUnavailable(f"squeue: {_last_line(answer.err)}")
    return answer.out


def _controller_is_silent(err: str) -> bool:
    return any(word in err for word in _SILENT)


def _last_line(err: str) -> str:
    return next((line for line in reversed(err.splitlines()) if line.strip()), "no reason given")


def _tool(name: str) -> str:
    # sudo's rule names the path; without the tool the name alone gives the clear error.
    return shutil.which(name) or name
