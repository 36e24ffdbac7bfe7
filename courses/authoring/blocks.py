"""A file of any size, a piece at a time: a course's data may be larger than memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 4 * 1024**2
OVERLAP_BYTES = 64 * 1024
"""How much of a piece stands in the next one, too: nothing shorter hides on a border."""


@dataclass(frozen=True)
class Block:
    """A piece of a file; whole lines, where they are not very long."""

    content: bytes
    lines_before: int


def blocks(path: Path) -> Iterator[Block]:
    """Yield a file's pieces in order. A file of at most `BLOCK_BYTES` is one. Raises OSError."""
    kept, lines = b"", 0
    with path.open("rb") as file:
        while piece := file.read(BLOCK_BYTES):
            content = kept + piece + file.readline(OVERLAP_BYTES)
            yield Block(content, lines)
            kept = content[-OVERLAP_BYTES:]
            kept = kept[kept.find(b"\n") + 1 :]
            lines += content.count(b"\n") - kept.count(b"\n")
