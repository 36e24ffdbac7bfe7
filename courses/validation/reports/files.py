"""Writing a report, and the record itself: the only report from which the others can be made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from courses.validation.record import ValidationRecord
from spawners.errors import InvalidInput


def write(text: str, path: Path) -> None:
    """Write a report, whole or not at all. Raises InvalidInput if the file cannot be written."""
    try:
        # Half of a surrogate pair has no place in UTF-8, and a report is no reason to fail.
        with path.open("w", encoding="utf-8", errors="replace") as file, _whole_or_gone(path):
            file.write(text)
            file.flush()
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be written: {error.strerror}.",
            hint="Name a file in a folder of yours, with room in it.",
        ) from None


@contextlib.contextmanager
def _whole_or_gone(path: Path) -> Iterator[None]:
    """Remove what is half written; a terminal or a pipe is no file to remove."""
    try:
        yield
    except OSError:
        if path.is_file() and not path.is_symlink():
            path.unlink()
        raise


def write_json(record: ValidationRecord, path: Path) -> None:
    """Write the record itself. Raises InvalidInput if the file cannot be written."""
    write(record.model_dump_json(indent=2) + "\n", path)
