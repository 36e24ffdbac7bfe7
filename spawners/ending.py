"""How a job ended -> why a session is over. Pure."""

from __future__ import annotations

from spawners.errors import BatchUnavailable, OnboardError, RefusedRequest, SubmissionRejected
from spawners.exit_codes import ExitCode
from spawners.jobs import JobState, JobStatus
from spawners.standing import Cause

CAUSES = {
    JobState.COMPLETED: Cause.FINISHED,
    JobState.CANCELLED: Cause.CANCELLED,
    JobState.TIMEOUT: Cause.TIME_LIMIT,
    JobState.OUT_OF_MEMORY: Cause.OUT_OF_MEMORY,
    JobState.NODE_FAILED: Cause.NODE_FAILED,
    JobState.GONE: Cause.GONE,
}
EXIT_CODES: dict[int, Cause] = {
    ExitCode.ENVIRONMENT_MISSING: Cause.ENVIRONMENT_MISSING,
    ExitCode.FOLDER_NOT_MADE: Cause.FOLDER_NOT_MADE,
    ExitCode.IDLE: Cause.IDLE,
    ExitCode.GPU_IDLE: Cause.GPU_IDLE,
    ExitCode.NO_ROOM: Cause.NO_ROOM,
}
_ERRORS = {
    RefusedRequest: Cause.REFUSED,
    SubmissionRejected: Cause.REJECTED,
    BatchUnavailable: Cause.SCHEDULER_SILENT,
}


class NotReached(OnboardError):
    """The job runs, and its server was not heard of in time."""


class EndedEarly(OnboardError):
    """The job ended before its server was there."""


def of_job(status: JobStatus) -> Cause:
    """Return why the session of a job that ended so is over."""
    if status.state is not JobState.FAILED:
        return CAUSES.get(status.state, Cause.GONE)
    # Without cgroups Slurm kills a job that outgrows its memory, and calls that JobLaunchFailure.
    if status.reason == "JobLaunchFailure":
        return Cause.OUT_OF_MEMORY
    return EXIT_CODES.get(status.exit_code or 0, Cause.FAILED)


def of_error(error: Exception) -> Cause:
    """Return why a start failed before there was a job to ask."""
    if isinstance(error, NotReached):
        return Cause.NOT_REACHED
    return next((cause for kind, cause in _ERRORS.items() if isinstance(error, kind)), Cause.FAILED)
