"""What Slurm says of a job, or of each task of a job array: its request, state, and output.

`scontrol` knows jobs that wait, run, or ended a few minutes ago; `sacct` knows older ones, where
the site keeps accounts. Every command is a list of arguments with a time limit. Memory is MiB,
times are seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from courses.learn.checks.base import CannotTell
from courses.learn.words import say

_TIME_LIMIT_S = 10.0
_JOB_ID = re.compile(r"(?:submitted batch job\s+)?(\d{1,12}(?:_\d{1,6})?)(?:\s|;|$)", re.IGNORECASE)
_FIELD = re.compile(r"(?:^| )([A-Za-z][\w/:]*)=(.*?)(?= [A-Za-z][\w/:]*=|$)")
_ONE_JOB = re.compile(r"\d{1,12}(?:_\d{1,6})?")
_COUNT = re.compile(r"(\w[\w/]*)=(\d+)")
_GPUS_PER_NODE = re.compile(r"gres[:/]gpu(?::[A-Za-z]\w*)?(?:[:=](\d+))?")
_CLOCK = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)")
_SACCT = ("JobID", "State", "ExitCode", "ReqTRES", "TimelimitRaw", "Partition", "WorkDir")


@dataclass(frozen=True)
class JobFacts:
    """One job of the trainee's, or one task of a job array. What is not known is None or empty."""

    id: str
    state: str
    """As Slurm writes it, such as COMPLETED."""
    exit_code: str = ""
    reason: str = ""
    cpus: int | None = None
    nodes: int | None = None
    gpus: int = 0
    time_limit_s: int | None = None
    partition: str = ""
    output: Path | None = None


def job_id_in(answer: object) -> str:
    """Return the job's number in an answer: a number, or what sbatch printed. Or nothing."""
    if isinstance(answer, bool) or not isinstance(answer, int | str):
        return ""
    found = _JOB_ID.match(str(answer).strip())
    return found.group(1) if found else ""


def read_jobs(job_id: str) -> tuple[JobFacts, ...]:
    """Ask Slurm for a job of this user: one, none, or as many as a job array has tasks.

    Raises CannotTell where there is no Slurm, or where it does not answer.
    """
    if shutil.which("scontrol") is None:
        raise CannotTell(say("There is no Slurm here: this exercise needs a session on a cluster."))
    live = _run("scontrol", "show", "job", job_id, "--oneliner")
    if live is not None:
        return _found(of_scontrol(job_id, line) for line in live.splitlines())
    fields = ",".join(_SACCT)
    query = ("--jobs", job_id, "--allocations", "--noheader", "--parsable2", f"--format={fields}")
    past = _run("sacct", *query) if shutil.which("sacct") else None
    return _found(of_sacct(job_id, line) for line in (past or "").splitlines())


def of_scontrol(job_id: str, line: str) -> JobFacts | None:
    """Read a line of `scontrol show job --oneliner`; None for another user's job."""
    fields = dict(_FIELD.findall(line))
    if not fields.get("UserId", "").endswith(f"({os.getuid()})"):
        return None
    asked = fields.get("ReqTRES") or fields.get("TRES", "")
    counts = _counts(asked)
    array = fields.get("ArrayJobId")
    return JobFacts(
        id=f"{array}_{fields.get('ArrayTaskId', '')}" if array else job_id,
        state=fields.get("JobState", ""),
        exit_code=fields.get("ExitCode", ""),
        reason=fields.get("Reason", ""),
        cpus=counts.get("cpu") or _whole(fields.get("NumCPUs", "")),
        nodes=counts.get("node") or _whole(fields.get("NumNodes", "").partition("-")[0]),
        gpus=counts.get("gres/gpu", 0) or _gpus(fields),
        time_limit_s=_seconds(fields.get("TimeLimit", "")),
        partition=fields.get("Partition", ""),
        output=Path(fields["StdOut"]) if fields.get("StdOut") else None,
    )


def of_sacct(job_id: str, line: str) -> JobFacts | None:
    """Read a line of `sacct --parsable2` with the fields of _SACCT; None if it is no such line."""
    # A folder may have a bar in its name: it is the last field.
    words = line.split("|", maxsplit=len(_SACCT) - 1)
    if len(words) != len(_SACCT):
        return None
    own_id, state, exit_code, asked, limit, partition, folder = words
    job_id = own_id if _ONE_JOB.fullmatch(own_id) else job_id
    counts, minutes = _counts(asked), _whole(limit)
    return JobFacts(
        id=job_id,
        state=state.partition(" ")[0],  # "CANCELLED by 1000"
        exit_code=exit_code,
        cpus=counts.get("cpu"),
        nodes=counts.get("node"),
        gpus=counts.get("gres/gpu", 0),
        time_limit_s=None if minutes is None else minutes * 60,
        partition=partition,
        # What sbatch calls it unless told otherwise; old accounts do not say.
        output=Path(folder, f"slurm-{job_id}.out") if folder else None,
    )


def _found(jobs: Iterable[JobFacts | None]) -> tuple[JobFacts, ...]:
    return tuple(one for one in jobs if one is not None)


def _run(program: str, *arguments: str) -> str | None:
    """Return what a command prints, or None where it fails: then it knows no such job."""
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIME_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise CannotTell(say("Slurm does not answer: run this check again in a minute.")) from None
    if done.returncode and "invalid job id" not in done.stderr.lower():
        raise CannotTell(say("Slurm does not answer: run this check again in a minute."))
    return None if done.returncode else done.stdout


def _counts(tres: str) -> dict[str, int]:
    return {name: int(count) for name, count in _COUNT.findall(tres)}


def _gpus(fields: Mapping[str, str]) -> int:
    """Count GPUs where the site's accounts do not: TresPerNode is for each node."""
    found = _GPUS_PER_NODE.search(fields.get("TresPerNode", ""))
    nodes = _whole(fields.get("NumNodes", "").partition("-")[0]) or 1
    return int(found.group(1) or 1) * nodes if found else 0


def _seconds(clock: str) -> int | None:
    found = _CLOCK.fullmatch(clock)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
