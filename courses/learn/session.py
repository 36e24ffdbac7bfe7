"""What this session has, read from the machine it runs on: facts, each with a sentence for people.

Works inside a Slurm job and without one, on Linux and macOS. Memory is MiB, time is seconds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from courses.learn.gpus import Gpus, read_gpus
from courses.learn.remaining import Remaining, read_remaining
from courses.learn.session_panel import session_widget
from courses.learn.words import say

_MIB = 1024**2


@dataclass(frozen=True)
class Cpus:
    """Processor cores, as the operating system counts them."""

    on_node: int
    usable: int

    def __str__(self) -> str:
        return _share(str(self.usable), str(self.on_node))


@dataclass(frozen=True)
class Memory:
    """Working memory, in MiB."""

    on_node_mib: int
    granted_mib: int | None
    """What the scheduler granted, or None where nobody limits it."""

    @property
    def usable_mib(self) -> int:
        """What this session may use."""
        return min(self.on_node_mib, self.granted_mib or self.on_node_mib)

    def __str__(self) -> str:
        return _share(_gib(self.usable_mib), _gib(self.on_node_mib))


@dataclass(frozen=True)
class FileSystem:
    """A place for files, in MiB."""

    name: str
    path: Path
    total_mib: int
    free_mib: int

    def __str__(self) -> str:
        free, total = _gib(self.free_mib), _gib(self.total_mib)
        kinds = {"home": say("home"), "temporary": say("temporary")}
        room = say("{free} free of {total}", free=free, total=total)
        return f"{kinds.get(self.name, self.name)} ({self.path}): {room}"


@dataclass(frozen=True)
class BatchJob:
    """The batch job that this session is."""

    id: str
    node: str
    partition: str
    ends_at: datetime | None
    """None where the scheduler did not say."""

    def time_left_s(self, now: datetime) -> float | None:
        """Return the seconds until the time limit, never less than 0, or None if unknown."""
        return None if self.ends_at is None else max(0.0, (self.ends_at - now).total_seconds())

    def __str__(self) -> str:
        parts = [say("Batch job {id}", id=self.id)]
        if self.partition:
            parts[0] += f" {say('in partition {name}', name=self.partition)}"
        parts.append(say("on node {name}", name=self.node))
        if self.ends_at:
            until = f"{self.ends_at.astimezone():%H:%M}"
            parts.append(say("until {time} at the latest", time=until))
        return f"{', '.join(parts)}."


@dataclass(frozen=True)
class Session:
    """All that this session knows of itself."""

    cpus: Cpus
    memory: Memory
    gpus: Gpus
    file_systems: tuple[FileSystem, ...]
    job: BatchJob | None
    remaining: Remaining
    """Until when it runs, and what to be warned of."""

    def __str__(self) -> str:
        return self.described(self.remaining.sentence(datetime.now(UTC)))

    __repr__ = __str__

    def described(self, time_left: str = "") -> str:
        """Return the facts, a line each; the time left comes second, if it is given."""
        lines = [
            self.job or say("No batch job: this session runs straight on this computer."),
            time_left,
            say("CPUs: {what}", what=self.cpus),
            say("Memory: {what}", what=self.memory),
            self.gpus,
            say("Files:"),
        ]
        files = "\n  ".join(str(one) for one in self.file_systems)
        return "\n".join(str(line) for line in lines if line) + f"\n  {files}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        ends_at = self.job.ends_at if self.job else self.remaining.ends_at
        widget = session_widget(self.described(), ends_at, self.gpus.devices)
        bundle: dict[str, Any] = widget._repr_mimebundle_()
        return {**bundle, "text/plain": str(self)}


def session(env: Mapping[str, str] | None = None) -> Session:
    """Read the facts of this session; asks a GPU's driver at most once, with a time limit."""
    env = os.environ if env is None else env
    job = read_job(env)
    remaining = read_remaining(env, job.ends_at if job else None)
    return Session(
        cpus=read_cpus(env),
        memory=read_memory(env),
        gpus=read_gpus(env, told=remaining.gpus),
        file_systems=read_file_systems(),
        job=job,
        remaining=remaining,
    )


def read_cpus(env: Mapping[str, str]) -> Cpus:
    """Return the CPUs: what the operating system allows, or less if the scheduler granted less."""
    on_node = os.cpu_count() or 1
    # macOS has no such call, and no such limit.
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else on_node
    return Cpus(on_node, min(allowed, _number(env, "SLURM_CPUS_ON_NODE") or allowed))


def read_memory(env: Mapping[str, str]) -> Memory:
    """Return the memory; Slurm grants it for the node or for each CPU, and 0 means all of it."""
    on_node_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
    per_cpu_mib = _number(env, "SLURM_MEM_PER_CPU") or 0
    granted = _number(env, "SLURM_MEM_PER_NODE") or (
        per_cpu_mib * (_number(env, "SLURM_CPUS_ON_NODE") or 1)
    )
    return Memory(on_node_mib, granted or None)


def read_file_systems() -> tuple[FileSystem, ...]:
    """Return the home folder and the folder for temporary files."""
    places = (("home", Path.home()), ("temporary", Path(tempfile.gettempdir())))
    return tuple(_file_system(name, path) for name, path in places if path.is_dir())


def read_job(env: Mapping[str, str]) -> BatchJob | None:
    """Return the batch job that Slurm's variables describe, or None outside a job."""
    job_id = env.get("SLURM_JOB_ID")
    if not job_id:
        return None
    # In seconds since 1970; Slurm 22.05 does not set it, later releases do.
    end_s = _number(env, "SLURM_JOB_END_TIME")
    return BatchJob(
        id=job_id,
        node=env.get("SLURMD_NODENAME") or env.get("SLURM_JOB_NODELIST") or "unknown",
        partition=env.get("SLURM_JOB_PARTITION", ""),
        ends_at=datetime.fromtimestamp(end_s, UTC) if end_s else None,
    )


def _file_system(name: str, path: Path) -> FileSystem:
    usage = shutil.disk_usage(path)
    return FileSystem(name, path, usage.total // _MIB, usage.free // _MIB)


def _number(env: Mapping[str, str], name: str) -> int | None:
    text = env.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _share(usable: str, on_node: str) -> str:
    return say("{usable} for this session, of {all} on this node", usable=usable, all=on_node)


def _gib(mib: int) -> str:
    return f"{mib / 1024:.1f} GiB"
