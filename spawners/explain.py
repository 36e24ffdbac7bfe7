"""Job state -> words for people: why it waits, why it ended. Pure.

Reason codes: squeue(1), "JOB REASON CODES".
"""

from __future__ import annotations

from spawners.exit_codes import ExitCode
from spawners.jobs import JobState, JobStatus

WAITING = {
    "Resources": "Everything of this size is in use. Your session starts when one is free.",
    "Priority": "Others were here before you. Your session starts in its turn.",
    "QOSMaxJobsPerUserLimit": "You have as many sessions and jobs as you may run at once.",
    "ReqNodeNotAvail": "The nodes for this size are out of service for now.",
    "Reservation": "The reserved time has not begun yet.",
    "Licenses": "A licence that this session needs is in use.",
    "Dependency": "It starts after another job of yours.",
    "BeginTime": "Its start time has not come yet.",
    "JobHeldAdmin": "The site's operators hold it back.",
    "JobHeldUser": "You hold it back.",
}
_WAITING_FAMILIES = {
    "AssocGrp": "Your project has as much as it may use at once.",
    "QOSGrp": "All courses together have as much as they may use at once.",
    "ReqNodeNotAvail": WAITING["ReqNodeNotAvail"],
}
ENDED = {
    JobState.COMPLETED: "The session ended by itself.",
    JobState.FAILED: "The session stopped with an error.",
    JobState.CANCELLED: "The session was cancelled.",
    JobState.TIMEOUT: "The session reached its time limit.",
    JobState.OUT_OF_MEMORY: "The session used more memory than it has, and was ended.",
    JobState.NODE_FAILED: "The node that the session ran on failed.",
    JobState.GONE: "The session has ended; the scheduler no longer knows how.",
}
_EXIT_CODES: dict[int, str] = {
    ExitCode.ENVIRONMENT_MISSING: (
        "The session could not start: its software is not there on the node."
    ),
    ExitCode.FOLDER_NOT_MADE: (
        "The session could not start: your folder could not be made. Is your quota full?"
    ),
    ExitCode.IDLE: "Nothing was done in the session for a long time, so it was ended.",
    ExitCode.GPU_IDLE: "The session did not use its GPU for a long time, so it was ended.",
}


def progress(status: JobStatus) -> str:
    """Say in a sentence where a job stands on its way to a session."""
    if status.state is JobState.PENDING:
        return waiting(status.reason)
    if status.state is JobState.RUNNING:
        place = f" on {status.host}" if status.host else ""
        return f"Your session has its place{place} and is starting."
    if status.state is JobState.UNKNOWN:
        return "Waiting for the scheduler to answer."
    return ended(status)


def waiting(reason: str) -> str:
    """Say why a pending job waits; a code that is not known is shown as it is."""
    if not reason:
        return "Your session is in the queue."
    if reason in WAITING:
        return WAITING[reason]
    for prefix, words in _WAITING_FAMILIES.items():
        if reason.startswith(prefix):
            return words
    return f"Your session is in the queue ({reason})."


def ended(status: JobStatus) -> str:
    """Say how a job ended."""
    # Without cgroups Slurm kills a job that outgrows its memory, and calls that JobLaunchFailure.
    if status.state is JobState.FAILED and status.reason == "JobLaunchFailure":
        return ENDED[JobState.OUT_OF_MEMORY]
    if status.state is JobState.FAILED and status.exit_code in _EXIT_CODES:
        return _EXIT_CODES[status.exit_code]
    return ENDED.get(status.state, "It is not known how the session ended.")
