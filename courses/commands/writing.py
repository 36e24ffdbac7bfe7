"""Writing where a person says: what the file system refuses is a sentence, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spawners.errors import InvalidInput


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into InvalidInput that names `path`."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be written: {error.strerror}.",
            hint="Choose a place that is there and that you may write to, with room in it.",
        ) from None
