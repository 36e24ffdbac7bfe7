"""The places in a string that a program fills in: `{n:.3f}`, `%s`. Pure."""

from __future__ import annotations

import re

FIELD = re.compile(r"\{\{|\}\}|(\{(?:[^{}]|\{[^{}]*\})*\}|%(?:\(\w+\))?(?:\.\d+)?[sdfgr]\b)")
"""A field, or a brace that stands for itself: then group 1 is empty."""


def fields(text: str) -> list[str]:
    """Return the fields of a string in their order."""
    return [found for found in FIELD.findall(text) if found]


def fits(source: str, translation: str) -> bool:
    """Say if a translation fills in what its source does, in the same order: `{n}`, `%s`."""
    stray = set(FIELD.sub("", translation)) & {"{", "}"}
    return fields(source) == fields(translation) and stray <= set(FIELD.sub("", source))
