"""Marked regions in the text of a cell or a file: what a trainee must not see. Pure.

As nbgrader 0.9 has them (its preprocessors ClearSolutions, ClearHiddenTests and ClearMarkScheme):
a marker is any line that holds the words, and the regions are cleared kind by kind in this order,
so that hidden tests within a solution go with it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

_INDENT = re.compile(r"\s*")
# A comment that is nothing but its first word and a few more: `# Begin  solution`, `//END SOLUTON`.
_COMMENT = re.compile(
    r"\s*(?:#+|//+|%+|--+)\s*(?P<said>(?:begin|end)\W+\S.{0,20}?)\W*", re.IGNORECASE
)
_NEARLY = 0.85


class Kind(StrEnum):
    """What a region holds; the value is how its markers name it."""

    SOLUTION = "SOLUTION"
    HIDDEN_TESTS = "HIDDEN TESTS"
    MARK_SCHEME = "MARK SCHEME"


_MARKERS = tuple(f"{edge} {kind}" for edge in ("BEGIN", "END") for kind in Kind)


@dataclass(frozen=True)
class Region:
    """A marked region. Line numbers count from 1 within the text."""

    kind: Kind
    line: int
    """Where BEGIN stands."""
    lines: tuple[str, ...]
    """What stands between the markers."""


class UnpairedError(ValueError):
    """A BEGIN without its END, or the other way round; `line` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(line, problem)
        self.line = line
        self.problem = problem


def cleared(text: str, stub: tuple[str, ...], kinds: Iterable[Kind] = tuple(Kind)) -> str:
    """Return the text without those regions; the stub stands where a solution was, indented.

    Raises UnpairedError.
    """
    for kind in kinds:
        text = "\n".join(_without(text, kind, stub if kind is Kind.SOLUTION else ()))
    return text


def regions(text: str) -> tuple[Region, ...]:
    """Return every region; one within another is part of that. Raises UnpairedError."""
    lines = text.split("\n")
    return tuple(
        Region(kind, begin, tuple(lines[begin : end - 1])) for kind, begin, end in _marked(text)
    )


def open_lines(text: str) -> list[str]:
    """Return the lines that stand outside of every region and are no markers."""
    hidden = {number for _, begin, end in _marked(text) for number in range(begin, end + 1)}
    lines = enumerate(text.split("\n"), start=1)
    return [line for number, line in lines if number not in hidden]


def marker_lines(text: str) -> list[int]:
    """Return the numbers of the lines that are markers."""
    if not any(marker in text for marker in _MARKERS):
        return []
    lines = enumerate(text.split("\n"), start=1)
    return [number for number, line in lines if any(marker in line for marker in _MARKERS)]


def misspelt(text: str) -> tuple[int, str] | None:
    """Return the first comment that is nearly a marker: its line, and the marker it may be."""
    for number, line in enumerate(text.split("\n"), start=1):
        found = _COMMENT.fullmatch(line)
        if found and not any(marker in line for marker in _MARKERS):
            said = " ".join(found["said"].upper().split())
            if meant := difflib.get_close_matches(said, _MARKERS, n=1, cutoff=_NEARLY):
                return number, meant[0]
    return None


def _marked(text: str) -> list[tuple[Kind, int, int]]:
    lines = text.split("\n")
    found = []
    for kind in Kind:
        for begin, end in list(_spans(lines, kind)):
            found.append((kind, begin, end))
            lines[begin - 1 : end] = [""] * (end - begin + 1)
    return found


def _without(text: str, kind: Kind, stub: tuple[str, ...]) -> Iterator[str]:
    lines = text.split("\n")
    position = 0
    for begin, end in _spans(lines, kind):
        yield from lines[position : begin - 1]
        indent = _INDENT.match(lines[begin - 1])
        yield from (f"{indent.group() if indent else ''}{one}" for one in stub)
        position = end
    yield from lines[position:]


def _spans(lines: list[str], kind: Kind) -> Iterator[tuple[int, int]]:
    """Yield the line numbers of each pair of markers."""
    begun_at = 0
    for number, line in enumerate(lines, start=1):
        if f"BEGIN {kind}" in line:
            if begun_at:
                raise UnpairedError(number, f"a second BEGIN {kind} before the END")
            begun_at = number
        elif f"END {kind}" in line:
            if not begun_at:
                raise UnpairedError(number, f"END {kind} without a BEGIN")
            yield begun_at, number
            begun_at = 0
    if begun_at:
        raise UnpairedError(begun_at, f"BEGIN {kind} without an END")
