"""What pydantic finds wrong with a site's TOML -> key, what is wrong, and how to mend it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from hub_config.site_keys import nearest

DOCS = "docs/sites.md"


@dataclass(frozen=True)
class Problem:
    """One mistake in a site's TOML."""

    key: str
    said: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.key}: " if self.key else ""
        return f"{where}{self.said}. {self.fix}"


def problems(error: ValidationError, known: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return each mistake, in the order of the file's models; `known` are the keys there are."""
    return tuple(_problem(one, known) for one in error.errors())


def _problem(one: ErrorDetails, known: tuple[str, ...]) -> Problem:
    key = ".".join(str(part) for part in one["loc"])
    # Without the numbers of a list's entries: as in the documentation.
    plain = ".".join(part for part in one["loc"] if isinstance(part, str))
    if one["type"] == "extra_forbidden":
        meant = nearest(plain, known)
        fix = f"Did you mean {meant}?" if meant else f"Take it out; {DOCS} lists every key."
        return Problem(key, "there is no such key", fix)
    if one["type"] == "missing":
        return Problem(key, "the key is missing", f"Add it; {DOCS} says what it means.")
    said = one["msg"].removeprefix("Value error, ")
    given = one.get("input")
    shown = f" (it is {given!r})" if isinstance(given, str | int | float) else ""
    return Problem(key, f"{said}{shown}", f"Mend it; {DOCS} says what it takes.")
