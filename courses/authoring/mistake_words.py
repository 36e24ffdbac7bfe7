"""What pydantic says of one value, in words for an author: what is wrong, and the fix. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from pydantic_core import ErrorDetails

from courses.authoring.manifest_tables import Sha256, Version
from courses.authoring.parameters import ParameterName
from courses.authoring.rules import shown
from courses.authoring.text import Language
from spawners.machine import Line, Slug

Told = tuple[str, str]


def _pattern(kind: object) -> str:
    """Return the pattern of a constrained string type."""
    return str(get_args(kind)[1].pattern)


_ALLOWED = {
    _pattern(Slug): "Use lowercase letters, digits and single hyphens between them.",
    _pattern(Line): "Write one line, without control characters.",
    _pattern(Version): 'Write three numbers, such as "1.2.0".',
    _pattern(Sha256): "Write the 64 hexadecimal digits that `sha256sum` prints for the file.",
    _pattern(ParameterName): "Use a name of Python in lowercase, of at most 40 characters.",
    _pattern(Language): 'Use the code of a language, such as "en", "fr" or "pt-BR".',
}
_TYPES = {
    "string_type": ("must be a text", "Put it in quotes."),
    "int_type": ("must be a whole number", "Write digits only, without quotes."),
    "float_type": ("must be a number", "Write it without quotes."),
    "bool_type": ("must be true or false", "Write it without quotes."),
    "tuple_type": ("must be a list", "Put it in [ ]."),
    "list_type": ("must be a list", "Put it in [ ]."),
    "dict_type": ("must be a table", "Write it as { key = value }, or under a [header]."),
    "mapping_type": ("must be a table", "Write it as { key = value }, or under a [header]."),
    "model_type": ("must be a table", "Write it as { key = value }, or under a [header]."),
}
_TAGS = {
    "union_tag_not_found": "the key `kind` is missing",
    "union_tag_invalid": "there is no such kind",
}
_LIMITS: dict[str, Callable[[dict[str, Any]], Told]] = {
    "greater_than_equal": lambda limit: ("is too small", f"Use at least {limit['ge']}."),
    "less_than_equal": lambda limit: ("is too large", f"Use at most {limit['le']}."),
    "string_too_short": lambda _: ("is empty", "Write something."),
    "string_too_long": lambda limit: (
        "is too long",
        f"Use at most {limit['max_length']} characters.",
    ),
    "too_short": lambda limit: ("is too short", f"Give at least {limit['min_length']}."),
    "too_long": lambda limit: ("is too long", f"Give at most {limit['max_length']}."),
    "literal_error": lambda limit: (
        "is none of the values that it may have",
        f"Use {limit['expected'].lower()}.",
    ),
}


def in_words(one: ErrorDetails, meaning: str) -> Told:
    """Return what is wrong, and how to mend it. `meaning` says what the key is for."""
    kind, limits = one["type"], one.get("ctx", {})
    if kind == "string_pattern_mismatch" and limits["pattern"] in _ALLOWED:
        return f"{shown(one['input'])} is not allowed", _ALLOWED[limits["pattern"]]
    if kind in _TAGS:
        return _TAGS[kind], f"Use one of: {limits.get('expected_tags', meaning)}."
    if kind in _TYPES:
        said, fix = _TYPES[kind]
        return f"{shown(one['input'])}: it {said}", fix
    if kind in _LIMITS:
        said, fix = _LIMITS[kind](limits)
        return f"{shown(one['input'])} {said}", fix
    return f"{shown(one['input'])} cannot be", f"It takes: {meaning}"
