"""The last lines of a job's own log, read where a trainee can write: with care.

Every trainee may make files in the folder of logs and nobody may list it. So a name may lead
anywhere: nothing is followed, and only a plain file of the job's own user is read.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
from pathlib import Path

LINES = 12
_LONGEST_LINE = 240
_TAIL_BYTES = 8192
# Colours and cursor movements of a terminal, and what else is no text.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[^\x20-\x7e\xa0-\U0010ffff\t]")


def last_lines(path: Path, user: str | None) -> tuple[str, ...]:
    """Return the end of the log, or nothing where it cannot be read. `user` must own the file."""
    try:
        owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, KeyError):
        return ()
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != owner:
            return ()
        tail = os.pread(file, _TAIL_BYTES, max(0, about.st_size - _TAIL_BYTES))
    except OSError:
        return ()
    finally:
        os.close(file)
    return _lines(tail.decode(errors="replace"))


def _lines(text: str) -> tuple[str, ...]:
    clean = (_ESCAPES.sub("", line).rstrip() for line in text.splitlines())
    return tuple(line[:_LONGEST_LINE] for line in clean if line)[-LINES:]
