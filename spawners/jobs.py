"""What a job is, what became of it, and the one protocol every batch system is behind."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints

from spawners.machine import Dialect, Environment, Line, Model, SessionSize, Slug, SlurmName

EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
USER_NAME = r"^[a-z_][a-z0-9_.-]{0,31}$"
UserName = Annotated[str, StringConstraints(pattern=USER_NAME)]


class JobState(StrEnum):
    """Where a job stands. Only an end that the batch system confirmed is an end."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out of memory"
    NODE_FAILED = "node failed"
    GONE = "gone"
    """The batch system says that it no longer knows the job: it ended, nobody can say how."""
    UNKNOWN = "unknown"
    """The batch system did not answer, or not in a way we know. Never an end."""

    @property
    def ended(self) -> bool:
        """Whether the job is over for certain."""
        return self not in (JobState.PENDING, JobState.RUNNING, JobState.UNKNOWN)


class JobStatus(Model):
    """What is known of one job."""

    state: JobState
    reason: str = ""
    """Why it waits or ended, in the batch system's own word (`Resources`, `OutOfMemory`)."""
    host: str = ""
    """The node that it runs on, once it runs."""
    exit_code: int | None = None
    starts_at: float | None = None
    """When it started, or is expected to; Unix seconds, None while nobody says."""
    ends_at: float | None = None
    """When its time is up; Unix seconds."""


UNKNOWN = JobStatus(state=JobState.UNKNOWN)


class Snapshot(Model):
    """The answer of one query for all tracked jobs; immutable, and it knows its age."""

    jobs: Mapping[str, JobStatus]
    taken_at: float = Field(default_factory=time.monotonic)

    @property
    def age_s(self) -> float:
        """Seconds since the batch system answered."""
        return time.monotonic() - self.taken_at

    def of(self, job_id: str) -> JobStatus:
        """Return the job's status; a job that the answer leaves out is unknown, not gone."""
        return self.jobs.get(job_id, UNKNOWN)


class QueueSpot(Model):
    """Where a pending job stands among those of its partition."""

    partition: str
    position: int
    """1 is next."""
    waiting: int
    """How many wait, this one among them."""


class Sighting(Model):
    """What is known of one job, and whether the last question was answered."""

    status: JobStatus
    spot: QueueSpot | None = None
    answered: bool = True


class FoundJob(Model):
    """A job that carries one of our comments, found without knowing its number."""

    job_id: str
    comment: str
    user: str
    state: JobState


class SessionLimits(Model):
    """When a session in which nothing happens is ended. Seconds; None is never."""

    idle_limit_s: int | None = None
    gpu_idle_limit_s: int | None = None


class JobSpec(Model):
    """One job, complete and validated: what to run, as whom, where, with how much."""

    name: Slug
    comment: SlurmName
    """An opaque id, by which a job is found again when its number was lost."""
    argv: Annotated[tuple[str, ...], Field(min_length=1)]
    """What to run; a first word of `python` is the environment's own interpreter."""
    size: SessionSize
    environment: Environment
    user: UserName | None = None
    """The system user the job belongs to; None is whoever submits."""
    workdir: str = "~"
    """Made (mode 0700) if missing, and entered before the command runs; `~` is that user's home."""
    log: Line = "~/.onboard/log/job.log"
    """Where the job writes its output, in a folder of mode 0700; %j is the job's number."""
    hub_reads_log: bool = False
    """Whether the log's group may read it; the folder is then there already."""
    session: SessionLimits | None = None
    """Set for a trainee's session: the job then writes the file of `spawners.session_file`."""
    variables: Mapping[EnvName, str] = Field(default_factory=dict)
    """Public environment variables: they are written into the script."""
    account: SlurmName | None = None
    qos: SlurmName | None = None
    """None is the QOS of the size, if that names one."""
    reservation: SlurmName | None = None
    dialect: Dialect = Dialect()
    """How the machine that it is for is spoken to (`Machine.dialect`)."""


class Batch(Protocol):
    """A batch system. Every method has a time limit and raises `BatchError`, nothing else."""

    async def submit(self, spec: JobSpec, secrets: Mapping[str, str]) -> str:
        """Submit and return the job's id.

        `secrets` reach the job's environment and are written nowhere.
        Raises SubmissionRejected, or BatchUnavailable (then nothing is known to run).
        """
        ...

    async def cancel(self, job_id: str, user: str | None = None) -> None:
        """Ask for the job's end; a job that has already ended is no error."""
        ...

    async def snapshot(self, job_ids: Sequence[str]) -> Snapshot:
        """Ask once for all these jobs."""
        ...

    async def outcome(self, job_id: str) -> JobStatus:
        """Ask for one job, thoroughly, to confirm an end."""
        ...

    async def queue(self) -> Mapping[str, QueueSpot]:
        """Ask once for everything that waits: job id -> where it stands.

        Empty where there is no queue, or where others' jobs are not shown.
        """
        ...

    async def find(self, comments: str) -> Sequence[FoundJob]:
        """Return the jobs whose comment begins with `comments`, also those that just ended."""
        ...
