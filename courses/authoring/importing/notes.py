"""What an import changed, left out or could not understand, in plain words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """One thing for the author to know; `where` is a file of the source or of the course."""

    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"
