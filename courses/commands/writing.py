"""Writing where a person says: what the file system refuses is a sentence, no traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spawners.errors import InvalidInput


def require_place(path: Path) -> None:
    """Raise InvalidInput for a file that nobody could write; `path` itself is left as it is."""
    if not path.parent.is_dir():
        raise _refused(path, errno.ENOENT)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _refused(path, errno.EACCES)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into InvalidInput that names `path`."""
    try:
        yield
    except OSError as error:
        raise _refused(path, error.errno or errno.EIO) from None


def _refused(path: Path, reason: int) -> InvalidInput:
    return InvalidInput(
        f"{path}: cannot be written: {os.strerror(reason)}.",
        hint="Choose a place that is there and that you may write to, with room in it.",
    )
