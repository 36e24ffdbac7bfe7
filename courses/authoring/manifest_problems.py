"""What pydantic finds wrong with a manifest -> line, key, what is wrong, how to mend it. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from courses.authoring import schema
from courses.authoring.manifest_words import in_words
from courses.authoring.rules import BrokenRule, shown
from courses.authoring.toml_lines import Path, key_lines, line_of

_BARE = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class Problem:
    """One mistake. It is written to follow the file's name."""

    line: int
    key: str
    said: str
    fix: str

    def __str__(self) -> str:
        return f":{self.line}: {self.key}: {self.said}. {self.fix}"


def problems(error: ValidationError, raw: dict[str, Any], text: str) -> tuple[Problem, ...]:
    """Return each mistake once, in the order of the lines. `raw` is what `text` says."""
    lines = key_lines(text)
    found: dict[Path, Problem] = {}
    for one in error.errors(include_url=False):
        if one["type"] == "too_short" and one["input"]:
            continue  # pydantic counts the good entries: each bad one speaks for itself
        path, said, fix = _told(one, raw)
        # A value that may be of several types is wrong once for each of them.
        found.setdefault(path, Problem(line_of(path, lines), _key(path, raw), said, fix))
    return tuple(sorted(found.values(), key=lambda problem: problem.line))


def _told(one: ErrorDetails, raw: dict[str, Any]) -> tuple[Path, str, str]:
    path = tuple(_existing(one["loc"], raw))
    if one["type"] == "missing":
        path = (*path, one["loc"][-1])
        meaning = schema.at(path).get("description", "")
        return path, "the key is missing", f"Add it: {meaning}"
    if one["type"] == "extra_forbidden":
        return path, "there is no such key", _meant(path)
    broken = one.get("ctx", {}).get("error")
    if isinstance(broken, BrokenRule):
        return (*path, *broken.key), broken.said, broken.fix
    said, fix = in_words(one)
    if said:
        return path, said, fix
    meaning = schema.at(path).get("description", "")
    return path, f"{shown(one['input'])} cannot be", f"It takes: {meaning}"


def _existing(loc: Path, raw: Any) -> Iterator[str | int]:  # noqa: ANN401  it may be any TOML
    """Yield what of pydantic's place is in the file: it also names types, and "[key]"."""
    for part in loc:
        inside = isinstance(raw, dict) and part in raw
        if not inside and not (isinstance(raw, list) and isinstance(part, int)):
            return
        raw = raw[part]
        yield part


def _meant(path: Path) -> str:
    *table, key = path
    beside = schema.keys_at(tuple(table))
    if close := difflib.get_close_matches(str(key), beside, n=1):
        return f"Did you mean {close[0]}?"
    # A key in the wrong table is as common as a misspelt one.
    elsewhere = [one for one in schema.key_descriptions() if one.rpartition(".")[2] == key]
    if elsewhere:
        return f"There is {elsewhere[0]}: move it there."
    return f"Take it out; there may be: {', '.join(beside)}."


def _key(path: Path, raw: Any) -> str:  # noqa: ANN401  it may be any TOML
    """Write a path for people: `lessons[first].needs.gpu`; counted from 1 where there is no id."""
    said = ""
    for part in path:
        if isinstance(part, int):
            entry = raw[part] if isinstance(raw, list) and part < len(raw) else None
            name = entry.get("id", entry.get("path")) if isinstance(entry, dict) else None
            said += f"[{_bare(name) if isinstance(name, str) else part + 1}]"
            raw = entry
        else:
            said += f".{_bare(part)}" if said else _bare(part)
            raw = raw.get(part) if isinstance(raw, dict) else None
    return said or "course"


def _bare(name: str) -> str:
    return name if _BARE.fullmatch(name) else shown(name)
