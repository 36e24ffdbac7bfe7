"""Why nothing can be written into a trainee's storage, in words that say what to do."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from spawners.words import later


@dataclass(frozen=True)
class Reason:
    """What is wrong, and what to do; English, translated where it is shown."""

    message: str
    hint: str


_WAIT = later("Your work is as it was. Try again later; if it lasts, tell the site's operators.")
_FULL = Reason(
    later("Your storage is full."),
    later(
        "Your work is as it was. Delete what you do not need, or ask for more room; then try again."
    ),
)
_READ_ONLY = Reason(later("Your storage is read-only just now."), _WAIT)
_LOCKED = Reason(
    later("The folder of your courses is locked: nothing can be written to it."),
    later("Your work is as it was. Unlock the folder, or tell the site's operators."),
)
_OTHER = Reason(later("Your storage does not take any files just now."), _WAIT)
_UNREADABLE = Reason(later("The course cannot be read just now."), _WAIT)
_REASONS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _LOCKED,
    errno.EPERM: _LOCKED,
}


def why(error: OSError, release: Path) -> Reason:
    """Say what an error of the file system means to a trainee who was to get a release."""
    reason = _REASONS.get(error.errno or 0, _OTHER)
    # Who reads meets neither of these, though a copy names what it reads in its errors.
    if reason in (_FULL, _READ_ONLY):
        return reason
    return _UNREADABLE if Path(str(error.filename or "")).is_relative_to(release) else reason
