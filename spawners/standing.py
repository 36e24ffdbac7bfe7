"""Where a trainee's session stands, as facts: the hub tells them, pages put them into words.

Times are Unix seconds, so that they mean the same in every process.
"""

from __future__ import annotations

from enum import StrEnum

from spawners.machine import Model


class Phase(StrEnum):
    """The way of a session, in its order."""

    NONE = "none"
    """No session, and none that ended."""
    QUEUED = "queued"
    STARTING = "starting"
    """The job runs, its server does not answer yet."""
    READY = "ready"
    ENDING = "ending"
    FAILED = "failed"
    """It ended before it was ready; `end` says how."""
    ENDED = "ended"
    """It was ready once, and is over; `end` says how."""


class Cause(StrEnum):
    """Why a session is over, or never began."""

    REFUSED = "refused"
    """What was asked for is not allowed here; nothing was submitted."""
    REJECTED = "rejected"
    """The scheduler said no; `detail` is its own sentence."""
    SCHEDULER_SILENT = "scheduler silent"
    """The scheduler did not answer the submission."""
    OUT_OF_MEMORY = "out of memory"
    TIME_LIMIT = "time limit"
    NODE_FAILED = "node failed"
    ENVIRONMENT_MISSING = "environment missing"
    FOLDER_NOT_MADE = "folder not made"
    """The workspace could not be made; a full quota, most often."""
    NO_ROOM = "no room"
    """The server could not write what it needs: a full quota, or a read-only home."""
    NOT_REACHED = "not reached"
    """The job ran, and the hub heard nothing from its server."""
    STOPPED = "stopped"
    """The trainee ended it."""
    CANCELLED = "cancelled"
    """Somebody else ended it: an operator, or the scheduler on its own account."""
    IDLE = "idle"
    GPU_IDLE = "gpu idle"
    FAILED = "failed"
    """The server stopped with an error; `exit_code` and `log` are all that is known."""
    FINISHED = "finished"
    """The server ended by itself, without an error."""
    GONE = "gone"
    """The scheduler no longer knows the job; nobody can say how it ended."""


class QueuePlace(Model):
    """The session's job in the scheduler's queue."""

    job_id: str
    reason: str = ""
    """Why it waits, in the scheduler's own word (`Resources`); empty once it runs."""
    partition: str = ""
    position: int | None = None
    """1 is next; None where the scheduler does not show others' jobs."""
    waiting: int | None = None
    """How many jobs wait in that partition, this one among them."""
    expected_start: float | None = None
    """When the scheduler means to start it; None while it does not say."""
    host: str = ""
    """The node, once the job runs."""


class End(Model):
    """How a session ended, or why it never began."""

    cause: Cause
    at: float
    detail: str = ""
    """The scheduler's or the hub's own sentence, in English, or nothing."""
    job_id: str = ""
    exit_code: int | None = None
    log: tuple[str, ...] = ()
    """The last lines of the job's own log, oldest first."""


class Standing(Model):
    """Everything that a page needs to say where a session stands."""

    phase: Phase
    size: str = ""
    course: str = ""
    lesson: str = ""
    asked_at: float | None = None
    """When the trainee pressed Start."""
    ready_at: float | None = None
    deadline: float | None = None
    """When its time is up, once it runs."""
    job: QueuePlace | None = None
    end: End | None = None
    age_s: float | None = None
    """How old the scheduler's answer is; None before the first one."""
    scheduler_answers: bool = True
    """Whether the last question to the scheduler was answered."""
