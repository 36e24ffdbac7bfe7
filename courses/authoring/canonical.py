"""One spelling for a model's content, so that it can be hashed and signed. Pure."""

from __future__ import annotations

import json

from pydantic import BaseModel


def canonical(model: BaseModel, *, without: frozenset[str]) -> bytes:
    """Return what the model says as JSON: ASCII, keys in order, no blanks, no defaults.

    Defaults are left out so that a field added later does not break what was signed before. Begins
    with the model's name: what is signed as one kind of document is no other kind.
    """
    # By way of its own JSON: what is read back from a file is spelled the same.
    said = json.loads(model.model_dump_json(exclude=set(without), exclude_defaults=True))
    spelled = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return f"{type(model).__name__} {spelled}".encode()
