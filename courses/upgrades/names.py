"""Names for a second file beside a first."""

from __future__ import annotations

from pathlib import PurePath
from typing import TypeVar

_LONGEST_BYTES = 255
"""What Linux file systems allow for one name."""

Name = TypeVar("Name", bound=PurePath)


def marked(path: Name, mark: str) -> Name:
    """Return the path with a mark before its ending; a long name is cut until the mark fits."""
    room = _LONGEST_BYTES - len(f"{mark}{path.suffix}".encode())
    stem = path.stem.encode()[:room].decode(errors="ignore")
    return path.with_name(f"{stem}{mark}{path.suffix}")
