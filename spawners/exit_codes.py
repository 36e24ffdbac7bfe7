"""By which exit code a session's job says how it ended. The one place where they are numbers."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a job ends with, beside 0 and whatever its program ends with."""

    ENVIRONMENT_MISSING = 72
    FOLDER_NOT_MADE = 73
    IDLE = 74
    """Nothing was done in it for the site's `idle_limit_s`."""
    GPU_IDLE = 75
    """Its GPUs did nothing for the site's `gpu_idle_limit_s`."""
    NO_ROOM = 76
    """Its server could write neither at home nor on the node."""
