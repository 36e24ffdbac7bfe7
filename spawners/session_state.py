"""What the hub keeps of a session in its database: enough to take it up after a restart. No secret.

It is saved before the job is submitted, when it has a number, and at each step after that.
"""

from __future__ import annotations

from pydantic import ConfigDict, ValidationError

from spawners.machine import Model
from spawners.standing import End


class SessionState(Model):
    """One session, from Start to its end. Times in Unix seconds."""

    # A site that goes back to an older release keeps its sessions.
    model_config = ConfigDict(frozen=True, extra="ignore")

    comment: str = ""
    """The opaque id in the job's comment; empty while there is no session."""
    asked_at: float | None = None
    size: str = ""
    course: str = ""
    lesson: str = ""
    token_id: int | None = None
    """The row of the session's own API token, by which it is revoked."""
    log: str = ""
    """Where the job writes its log, if the hub may read it."""
    job_id: str = ""
    job_user: str | None = None
    host: str = ""
    port: int | None = None
    running_at: float | None = None
    ready_at: float | None = None
    end: End | None = None
    """How it ended; kept after the end, until the next start."""

    @classmethod
    def of(cls, state: object) -> SessionState:
        """Read what a hub saved; what cannot be read is no session."""
        try:
            return cls.model_validate(state or {})
        except ValidationError:
            return cls()
