"""Where each cell of an .ipynb file starts, so that a message can name the line. Pure."""

from __future__ import annotations

import json
import re

_SPACE = re.compile(r"[ \t\r\n]*")


def cell_lines(text: str) -> dict[str, int]:
    """Map each cell id to the line (from 1) at which the cell's JSON starts in `text`."""
    decoder = json.JSONDecoder()
    lines: dict[str, int] = {}
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "}":
        key, position = decoder.raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)
        if key == "cells":
            position = _note_cells(text, position, decoder, lines)
        else:
            _, position = decoder.raw_decode(text, position)
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return lines


def _note_cells(text: str, position: int, decoder: json.JSONDecoder, lines: dict[str, int]) -> int:
    position = _skip(text, position + 1)
    line, counted = 1, 0
    while text[position] != "]":
        line, counted = line + text.count("\n", counted, position), position
        cell, position = decoder.raw_decode(text, position)
        lines[cell["id"]] = line
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return position + 1


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
