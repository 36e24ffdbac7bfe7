"""The small file by which a running session knows what it was given, and until when.

The batch script writes it (`job.sh.j2`) and names it in $ONBOARD_SESSION_FILE. Only the session's
user can read it; `courses.learn` reads the same file on its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import ValidationError

from spawners.jobs import JobSpec
from spawners.machine import Model

VARIABLE = "ONBOARD_SESSION_FILE"


class Grant(Model):
    """What the session was given: known before it starts. Memory in MiB, times in seconds."""

    size: str
    title: str
    cpus: int
    memory_mib: int
    gpus: int
    idle_limit_s: int | None
    """None: a session in which nothing is done is left alone."""
    gpu_idle_limit_s: int | None

    @classmethod
    def of(cls, spec: JobSpec) -> Self | None:
        """Return what `spec` gives to its session, or None for a job that is none."""
        if spec.session is None:
            return None
        return cls(
            size=spec.size.name,
            title=spec.size.title,
            cpus=spec.size.cpus,
            memory_mib=spec.size.memory_mib,
            gpus=spec.size.gpus,
            **dict(spec.session),
        )


class SessionFile(Model):
    """What the file says. Times are Unix seconds."""

    job_id: str
    started_at: float
    deadline: float
    """When the scheduler ends the job."""
    visible_gpus: str
    """CUDA_VISIBLE_DEVICES as the scheduler set it; empty where it did not."""
    grant: Grant

    @property
    def granted_gpus(self) -> tuple[str, ...]:
        """The ids (indices or uuids) that the scheduler named."""
        return tuple(word.strip() for word in self.visible_gpus.split(",") if word.strip())


def read(path: Path) -> SessionFile | None:
    """Return what the file says, or None where it is missing or makes no sense."""
    try:
        return SessionFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def status_path(path: Path) -> Path:
    """Return where the session's server writes how things stand, beside the session's file."""
    return path.with_suffix(".status.json")
