"""All texts of one cell, in a fixed order: read and replaced by the same walk. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from nbformat import NotebookNode

from courses.authoring.metadata_key import KEY
from courses.authoring.translation import blocks, strings

_SHOWN = frozenset({"question", "text", "feedback", "hint", "explanation", "title"})


class Kind(StrEnum):
    """What a text is, in words for a translator."""

    BLOCK = ""
    STRING = "In code: keep every {...} as it is, in the same order."
    ALT = "Says in words what a picture shows."
    HINT = "A hint."
    QUIZ = "Of a quiz."


Say = Callable[[Kind, str], str]
"""Given a text, returns what is to stand in its place."""


def rewrite(cell: NotebookNode, say: Say) -> None:
    """Put `say(kind, text)` in the place of each text of the cell."""
    if cell.cell_type == "markdown":
        cell.source = blocks.rewritten(str(cell.source), lambda text: say(Kind.BLOCK, text))
    elif cell.cell_type == "code":
        cell.source = strings.rewritten(str(cell.source), lambda text: say(Kind.STRING, text))
    if isinstance(cell.metadata.get("alt"), str):
        cell.metadata["alt"] = _said(Kind.ALT, cell.metadata["alt"], say)
    ours = cell.metadata.get(KEY)
    if isinstance(ours, dict):
        for key, kind in (("hints", Kind.HINT), ("quiz", Kind.QUIZ)):
            if key in ours:
                ours[key] = _inside(kind, ours[key], say, shown=key == "hints")


def _inside(kind: Kind, value: Any, say: Say, *, shown: bool) -> Any:  # noqa: ANN401  any JSON
    """Replace the strings below keys that are shown to a trainee; an id or an answer stays."""
    if isinstance(value, str):
        return _said(kind, value, say) if shown else value
    if isinstance(value, list):
        return [_inside(kind, one, say, shown=shown) for one in value]
    if isinstance(value, dict):
        return NotebookNode(
            {key: _inside(kind, one, say, shown=key in _SHOWN) for key, one in value.items()}
        )
    return value


def _said(kind: Kind, text: str, say: Say) -> str:
    return say(kind, text) if any(one.isalpha() for one in text) else text
