"""The keys that a site's TOML may have, from the models themselves."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel


def keys(model: type[BaseModel], *, leave_out: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return every key beneath `model` with dots: a list's place in the path has no number."""
    return tuple(_walk(model, "", leave_out))


def nearest(key: str, known: tuple[str, ...]) -> str:
    """Return the known key in the same table that was most likely meant, or ""."""
    table, _, word = key.rpartition(".")
    beside = {one.rpartition(".")[2]: one for one in known if one.rpartition(".")[0] == table}
    if close := difflib.get_close_matches(word, beside, n=1):
        return beside[close[0]]
    # A key in the wrong table is as common as a misspelt one.
    return next((one for one in known if one.rpartition(".")[2] == word), "")


def _walk(model: type[BaseModel], before: str, leave_out: frozenset[str]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{before}{name}"
        if key in leave_out:
            continue
        yield key
        for inner in _models(field.annotation):
            yield from _walk(inner, f"{key}.", leave_out)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
