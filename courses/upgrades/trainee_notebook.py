"""Notebook files as a trainee may have left them: what can be merged is read, the rest refused.

Not through `nbformat.reads`, which repairs what it does not understand with new random ids.
"""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import count
from typing import Any

import nbformat
from nbformat import NotebookNode, ValidationError
from nbformat.v4 import rwbase, writes
from nbformat.validator import iter_validate

from courses.upgrades.merging import Note, merge

LARGEST_BYTES = 64 * 2**20
"""A larger file is not merged: three of them at once must fit into the smallest session."""

_VERSION = ("nbformat", "nbformat_minor")
_FIRST_MINOR_WITH_IDS = 5


class UnmergeableError(Exception):
    """This is not a notebook that another can be merged into."""


def merged(base: bytes, local: bytes, remote: bytes, note: Note) -> tuple[bytes, int]:
    """Merge three notebook files; return the file, and how many cells both sides have changed.

    Raises UnmergeableError, also where base or remote is no notebook.
    """
    try:
        result = merge(read(base), read(local), read(remote), note)
        return written(result.notebook), len(result.conflicts)
    except RecursionError:
        raise UnmergeableError("nested too deep") from None


def read(raw: bytes) -> NotebookNode:
    """Read a valid notebook whose cells have ids; of several with one id, the first keeps it.

    Raises UnmergeableError, and RecursionError for one that is nested too deep.
    """
    if len(raw) > LARGEST_BYTES:
        raise UnmergeableError(f"larger than {LARGEST_BYTES} bytes")
    try:
        data = json.loads(raw)
        _refuse_invalid(data)
        _mend_ids(data["cells"])
        notebook: NotebookNode = rwbase.rejoin_lines(nbformat.from_dict(data))
    except (ValidationError, ValueError) as error:
        raise UnmergeableError(f"not a notebook: {type(error).__name__}") from error
    return notebook


def _refuse_invalid(data: object) -> None:
    major, minor = (data.get(one) for one in _VERSION) if isinstance(data, dict) else (0, 0)
    if major != 4 or not isinstance(minor, int) or minor < _FIRST_MINOR_WITH_IDS:
        raise UnmergeableError("not of a format whose cells have ids")
    for error in iter_validate(data, relax_add_props=True):
        raise error


def written(notebook: NotebookNode) -> bytes:
    """Return the notebook as a file's content. Raises UnmergeableError for text that is none."""
    try:
        _refuse_invalid(notebook)
        return f"{writes(notebook)}\n".encode()
    except (ValidationError, UnicodeEncodeError) as error:
        raise UnmergeableError(f"not valid: {type(error).__name__}") from error


def _mend_ids(cells: list[dict[str, Any]]) -> None:
    """Give a new id to each cell whose id another before it has: the same one at every reading."""
    taken = {cell["id"] for cell in cells}
    seen = set()
    for cell in cells:
        if cell["id"] in seen:
            cell["id"] = _free(cell, taken)
            taken.add(cell["id"])
        seen.add(cell["id"])


def _free(cell: dict[str, Any], taken: set[str]) -> str:
    for number in count(1):
        digest = sha256(f"{cell['id']} {number}".encode(errors="surrogatepass")).hexdigest()[:16]
        if digest not in taken:
            break
    return digest
