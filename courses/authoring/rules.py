"""What the models of course.toml share: their base, and the error of a rule of theirs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from spawners.machine import Model

# Strict: to TOML `true` and "2" are no numbers.
Whole = Annotated[int, Field(strict=True)]

_LONGEST = 60
# Python refuses to write out an integer of thousands of digits; no manifest needs one.
_LARGEST = 2**63


class Section(Model):
    """A table of the manifest. The text under each key describes it in the schema for editors."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class BrokenRule(ValueError):
    """What is wrong at `key`, a path beneath the value that was checked, and how to mend it."""

    def __init__(self, said: str, fix: str, *, key: tuple[str | int, ...] = ()) -> None:
        super().__init__(said)
        self.said = said
        self.fix = fix
        self.key = key


def shown(value: object) -> str:
    """Show a value from a file in a sentence: short, and with nothing that a terminal obeys."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return "a number of more than 64 bits"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if isinstance(value, str | int | float) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def first_double(names: Sequence[str]) -> int | None:
    """Return the place of the first name that was there before, or None."""
    return next((at for at, name in enumerate(names) if name in names[:at]), None)
