"""Every job's end, when the cluster goes down: by the scheduler first, then by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from hub_config.onebox.command import ask
from hub_config.onebox.layout import Layout

# KillWait of slurm.conf, and time to clean up after it.
_END_LIMIT_S = 20.0
_KILL_LIMIT_S = 5.0


def cancel_all(layout: Layout) -> None:
    """Cancel every job and wait for its end."""
    where = layout.environment
    for queue in layout.queues:
        ask("scancel", f"--partition={queue.name}", env=where)
    deadline = time.monotonic() + _END_LIMIT_S
    while time.monotonic() < deadline:
        answer = ask("squeue", "--noheader", "--format=%i", env=where)
        if answer.returncode != 0 or not answer.stdout.split():
            return
        time.sleep(0.1)


def end_leftovers(layout: Layout) -> None:
    """Kill what jobs left behind, their slurmstepd and what slipped away from it."""
    left = list(_leftovers(layout))
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=_KILL_LIMIT_S)


def _leftovers(layout: Layout) -> Iterator[psutil.Process]:
    # Somebody may take the cluster down from inside a job.
    us = {process.pid for process in [psutil.Process(), *psutil.Process().parents()]}
    for process in psutil.process_iter():
        try:
            if process.pid not in us and _is_of_a_job(layout, process):
                yield process
        except (psutil.Error, OSError):
            continue


def _is_of_a_job(layout: Layout, process: psutil.Process) -> bool:
    # Not psutil's reader: it stops at the hole that slurmstepd's own title leaves in front.
    entries = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
    if process.name() == "slurmstepd":
        return f"SLURM_CONF={layout.slurm_conf}".encode() in entries
    in_a_job = any(entry.startswith(b"SLURM_JOB_ID=") for entry in entries)
    return in_a_job and f"SLURM_CLUSTER_NAME={layout.cluster}".encode() in entries
