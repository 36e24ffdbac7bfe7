"""On which line of a TOML text each key is. Pure: the standard parser tells values, no places."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""From the top: keys, and places in lists from 0."""


def key_lines(text: str) -> dict[Path, int]:
    """Map each table, key and entry of a valid TOML text to its line, from 1."""
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for line, is_header, parsed in _statements(text):
        if is_header:
            table = _table(parsed, counts)
            lines.setdefault(table, line)
        else:
            for path in _paths(parsed):
                lines.setdefault(table + path, line)
    return lines


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """Return the line of a path, or of the nearest one above it; 1 if there is none."""
    above = (path[:end] for end in range(len(path), -1, -1))
    return next((lines[one] for one in above if one in lines), 1)


def _statements(text: str) -> Iterator[tuple[int, bool, dict[str, Any]]]:
    """Yield each header and each assignment: its line, whether it is a header, what it says.

    A statement ends with the first line up to which it parses: what spans several lines does not
    before its last.
    """
    pending: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        pending.append(line)
        try:
            parsed = tomllib.loads("\n".join(pending))
        except ValueError:
            continue
        if parsed:
            yield number - len(pending) + 1, pending[0].lstrip().startswith("["), parsed
        pending = []


def _table(header: dict[str, Any], counts: dict[Path, int]) -> Path:
    """Follow a header's keys; a list of tables is at the entry that was begun last."""
    table: Path = ()
    inner: Any = header
    while inner:
        (key, inner), *_ = inner.items()
        table += (key,)
        if isinstance(inner, list):
            counts[table] = counts.get(table, -1) + 1
            inner = inner[0]
        if table in counts:
            table += (counts[table],)
    return table


def _paths(value: Any, before: Path = ()) -> Iterator[Path]:  # noqa: ANN401  it may be any TOML
    entries: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        entries = iter(value.items())
    elif isinstance(value, list):
        entries = iter(enumerate(value))
    for key, inner in entries:
        yield (*before, key)
        yield from _paths(inner, (*before, key))
