"""What Slurm's commands print, read. Pure; a line that is cut or unknown says nothing.

Formats: squeue(1), scontrol(1), sacct(1) of Slurm 22.05 and later, with SLURM_TIME_FORMAT=%s, so
that every time is Unix seconds.
"""

from __future__ import annotations

import re
from collections import defaultdict

from spawners.batch.command import Answer
from spawners.errors import BatchUnavailable
from spawners.jobs import UNKNOWN, FoundJob, JobState, JobStatus, QueueSpot

# Fields that a user cannot put text into: a job's name or comment is never read here.
SQUEUE_FORMAT = "%i|%T|%r|%B|%S|%e"
_SQUEUE_LINE = re.compile(
    r"(?P<id>\d+)\|(?P<state>[A-Z_]+)\|(?P<reason>[^|\n]*)\|(?P<host>[^|\s]*)"
    r"\|(?P<starts>[^|\s]*)\|(?P<ends>[^|\s]*)"
)
WAITING_FORMAT = "%i|%P|%Q"
# Others' jobs may be arrays (`12_[3-9]`), parts of one (`12+1`), or in several partitions (`a,b`).
_WAITING_LINE = re.compile(
    r"(?P<id>\d+)(?P<part>[_+][^|\s]+)?\|(?P<partitions>[\w.,-]+)\|(?P<priority>\d+)"
)
# The comment comes last: it is a user's own text.
FOUND_FORMAT = "%i|%T|%u|%k"
_FOUND_LINE = re.compile(
    r"(?P<id>\d+)\|(?P<state>[A-Z_]+)\|(?P<user>[A-Za-z_][\w.-]*)\|(?P<comment>[\w.-]+)"
)
_SBATCH_ID = re.compile(r"(?P<id>\d+)(;[\w.-]+)?")
# Anchored to the start of a line: what a user can write (JobName, Comment) begins no such line.
_SCONTROL_STATE = re.compile(r"^   JobState=(?P<state>\w+) Reason=(?P<reason>\S*)", re.MULTILINE)
_SCONTROL_EXIT = re.compile(r"^   Requeue=.* ExitCode=(?P<code>\d+):\d+", re.MULTILINE)
_SCONTROL_HOST = re.compile(r"^   BatchHost=(?P<host>\S+)", re.MULTILINE)
SACCT_FORMAT = "JobIDRaw,State,ExitCode,NodeList"
_SACCT_LINE = re.compile(
    r"(?P<id>\d+)\|(?P<state>[A-Z_]+)[^|]*\|(?P<code>\d+):\d+\|(?P<host>[^|\s]*)[^|]*"
)
NO_SUCH_JOB = "Invalid job id specified"

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


def read_job_id(out: str) -> str:
    """Read what `sbatch --parsable` prints: `ID` or `ID;CLUSTER`."""
    match = _SBATCH_ID.fullmatch(out.strip())
    if match is None:
        raise BatchUnavailable("sbatch did not print a job's number.")
    return match["id"]


def read_queue(out: str) -> dict[str, JobStatus]:
    """Read squeue's lines of tracked jobs."""
    jobs = {}
    for line in out.splitlines():
        match = _SQUEUE_LINE.fullmatch(line.strip())
        if match is not None:
            jobs[match["id"]] = _status(
                match["state"],
                match["reason"],
                match["host"],
                starts_at=_moment(match["starts"]),
                ends_at=_moment(match["ends"]),
            )
    return jobs


def read_waiting(out: str) -> dict[str, QueueSpot]:
    """Read squeue's lines of everything that waits: in each partition, by priority, then age."""
    partitions: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for line in out.splitlines():
        match = _WAITING_LINE.fullmatch(line.strip())
        if match is not None:
            place = (-int(match["priority"]), int(match["id"]), match["part"] or "")
            for partition in match["partitions"].split(","):
                partitions[partition].append(place)
    return {
        # Unchecked: ten thousand jobs may wait, and the hub's own loop makes these.
        str(job): QueueSpot.model_construct(
            partition=partition, position=position, waiting=len(jobs)
        )
        for partition, jobs in partitions.items()
        for position, (_, job, part) in enumerate(sorted(jobs), start=1)
        if not part
    }


def read_found(out: str, comments: str) -> list[FoundJob]:
    """Read squeue's lines of jobs whose comment begins with `comments`."""
    matches = (_FOUND_LINE.fullmatch(line.strip()) for line in out.splitlines())
    return [
        FoundJob(
            job_id=match["id"],
            comment=match["comment"],
            user=match["user"],
            state=STATES.get(match["state"], JobState.UNKNOWN),
        )
        for match in matches
        if match is not None and match["comment"].startswith(comments)
    ]


def read_job(answer: Answer) -> JobStatus:
    """Read `scontrol show job`; only a known answer is an end."""
    if answer.code != 0:
        return JobStatus(state=JobState.GONE) if NO_SUCH_JOB in answer.err else UNKNOWN
    state = _SCONTROL_STATE.search(answer.out)
    if state is None:
        return UNKNOWN
    host = _SCONTROL_HOST.search(answer.out)
    code = _SCONTROL_EXIT.search(answer.out)
    return _status(
        state["state"],
        state["reason"],
        host["host"] if host else "",
        exit_code=int(code["code"]) if code else None,
    )


def read_accounted(answer: Answer, job_id: str) -> JobStatus:
    """Read `sacct` for a job that the controller no longer knows; GONE where nothing is kept."""
    if answer.code == 0:
        for line in answer.out.splitlines():
            match = _SACCT_LINE.fullmatch(line.strip())
            if match is not None and match["id"] == job_id:
                status = _status(match["state"], "", match["host"], exit_code=int(match["code"]))
                # An end that the accounting missed: it shows such a job as running for ever.
                return status if status.state.ended else JobStatus(state=JobState.GONE)
    return JobStatus(state=JobState.GONE)


def _status(
    word: str,
    reason: str,
    host: str,
    *,
    exit_code: int | None = None,
    starts_at: float | None = None,
    ends_at: float | None = None,
) -> JobStatus:
    state = STATES.get(word, JobState.UNKNOWN)
    return JobStatus(
        state=state,
        reason="" if reason in ("None", "(null)") else reason,
        host="" if host in ("n/a", "(null)") else host,
        exit_code=exit_code,
        starts_at=starts_at,
        # While a job waits this is when it would end if it began: nobody's deadline.
        ends_at=None if state is JobState.PENDING else ends_at,
    )


def _moment(word: str) -> float | None:
    # Also "N/A" and "Unknown"; 0 is a time that nobody set.
    return float(word) if word.isascii() and word.isdigit() and word != "0" else None
