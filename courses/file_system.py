"""What not every file system does that clusters share: locks, and files that are on the disk."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EBADF)
"""How a file system says that it has no locks."""
TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)
"""How it says that something is in the place to which a folder should be moved."""


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk: a rename may not get there before it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # not every file system can
            raise
    finally:
        os.close(handle)


def lock(handle: int, limit_s: float) -> bool:
    """Wait for a file's lock; return whether its file system has locks. Raises TimeoutError."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError from None
            time.sleep(0.05)
        except OSError as error:
            if error.errno in NO_LOCKS:
                return False
            raise
        else:
            return True


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which ends with its process. Raises OSError if another has it."""
    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
