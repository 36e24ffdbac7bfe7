"""Writing a report, and the record itself: the only report from which the others can be made."""

from __future__ import annotations

from pathlib import Path

from courses.validation.record import ValidationRecord
from spawners.errors import InvalidInput


def write(text: str, path: Path) -> None:
    """Write a report. Raises InvalidInput if the file cannot be written."""
    try:
        # Half of a surrogate pair has no place in UTF-8, and a report is no reason to fail.
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be written: {error.strerror}.",
            hint="Name a file in a folder of yours.",
        ) from None


def write_json(record: ValidationRecord, path: Path) -> None:
    """Write the record itself. Raises InvalidInput if the file cannot be written."""
    write(record.model_dump_json(indent=2) + "\n", path)
