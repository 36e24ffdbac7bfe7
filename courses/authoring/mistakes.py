"""What pydantic finds wrong in an author's file -> key, what is wrong, how to mend it. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from courses.authoring.mistake_words import in_words
from courses.authoring.rules import BrokenRule, shown
from courses.authoring.schema import Described, Path

_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class Mistake:
    """One mistake; `key` is `path` for people: `lessons[first].needs.gpu`."""

    path: Path
    key: str
    said: str
    fix: str

    def __str__(self) -> str:
        return f"{self.key or 'it'}: {self.said}. {self.fix}"

    def key_below(self, table: str) -> str:
        """Return the key as it is in a table that the file has around it."""
        return f"{table}.{self.key}" if self.key else table


def mistakes(error: ValidationError, raw: Any, described: Described) -> tuple[Mistake, ...]:  # noqa: ANN401
    """Return each mistake once, as pydantic goes through the model. `raw` is what it was given."""
    found: dict[Path, Mistake] = {}
    for one in error.errors(include_url=False):
        if one["type"] == "too_short" and len(one["input"]) >= one["ctx"]["min_length"]:
            continue  # pydantic counts the good entries: each bad one speaks for itself
        path, said, fix = _told(one, raw, described)
        # A value that may be of several types is wrong once for each of them.
        found.setdefault(path, Mistake(path, _for_people(path, raw), said, fix))
    return tuple(found.values())


def _told(one: ErrorDetails, raw: Any, described: Described) -> tuple[Path, str, str]:  # noqa: ANN401
    path = tuple(_existing(one["loc"], raw))
    if one["type"] == "missing":
        path = (*path, one["loc"][-1])
        return path, "the key is missing", f"Add it: {described.meaning(path)}"
    if one["type"] == "extra_forbidden":
        return path, "there is no such key", _meant(path, described)
    broken = one.get("ctx", {}).get("error")
    if isinstance(broken, BrokenRule):
        return (*path, *broken.key), broken.said, broken.fix
    return (path, *in_words(one, described.meaning(path)))


def _existing(loc: Path, raw: Any) -> Iterator[str | int]:  # noqa: ANN401  it may be anything
    """Yield what of pydantic's place is in the file: it also names types, and "[key]"."""
    for part in loc:
        is_entry = isinstance(raw, list) and isinstance(part, int)
        if is_entry or (isinstance(raw, dict) and part in raw):
            raw = raw[part]
            yield part


def _meant(path: Path, described: Described) -> str:
    *table, key = path
    beside = described.keys(tuple(table))
    if close := difflib.get_close_matches(str(key), beside, n=1):
        return f"Did you mean {close[0]}?"
    # A key in the wrong table is as common as a misspelt one.
    elsewhere = [one for one in described.all_keys() if one.rpartition(".")[2] == key]
    if elsewhere:
        return f"There is {elsewhere[0]}: move it there."
    return f"Take it out; there may be: {', '.join(beside)}."


def _for_people(path: Path, raw: Any) -> str:  # noqa: ANN401  it may be anything
    """Write a path; an entry of a list by its id or path, else by its place, from 1."""
    said = ""
    for part in path:
        if isinstance(part, int):
            raw = raw[part] if isinstance(raw, list) and part < len(raw) else None
            name = raw.get("id", raw.get("path")) if isinstance(raw, dict) else None
            said += f"[{_plain(name) if isinstance(name, str) else part + 1}]"
        else:
            said += f".{_plain(part)}" if said else _plain(part)
            raw = raw.get(part) if isinstance(raw, dict) else None
    return said


def _plain(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else shown(name)
