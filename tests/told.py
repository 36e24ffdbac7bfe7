"""What the lesson says, straight from its catalogues; and objects that raise whatever is done."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

Said = tuple[str, dict[str, Any]]
"""A text of the catalogues, in English, and what it is filled in with."""


def told(language: str, *said: Said | str) -> str:
    """Return the texts in a language, straight from its catalogue; a plain one is the author's."""
    return " ".join(one if isinstance(one, str) else _filled(language, one) for one in said)


def _filled(language: str, said: Said) -> str:
    text, values = said
    values = {
        key: _filled(language, one) if isinstance(one, tuple) else one
        for key, one in values.items()
    }
    if language == "en":
        return text.format(**values)
    catalogue = files("courses.learn").joinpath("locale", f"{language}.json").read_text("utf-8")
    table = json.loads(catalogue)
    assert table[text] != text, "it is English still"
    return str(table[text].format(**values))


def _boom(*_: object, **__: object) -> None:
    raise RuntimeError("boom")


_SPECIAL = ("eq", "repr", "str", "len", "array", "float", "iter", "bool", "getitem", "hash")
Hostile = type("Hostile", (), {f"__{name}__": _boom for name in (*_SPECIAL, "call")})


class Crashes:
    """Raises already when it is asked what it has."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("boom")
