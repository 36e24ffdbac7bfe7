"""Files beside the notebooks: their marked solutions are cleared as those in cells are."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePath

from courses.authoring import stubs
from courses.authoring.blocks import blocks
from courses.authoring.regions import UnpairedError, cleared, marker_lines
from spawners.errors import InvalidInput


def trainee_text(text: str, name: PurePath) -> str:
    """Return a file's text without its marked regions. Raises InvalidInput naming file and line."""
    markers = marker_lines(text)
    if not markers:
        return text
    stub = stubs.file_stub(name)
    if stub is None:
        raise InvalidInput(
            f"{name}, line {markers[0]}: markers are not cleared in a file of this kind.",
            hint="Take the solution out of the file, or move the file out of the course.",
        )
    try:
        return cleared(text, stub)
    except UnpairedError as error:
        raise InvalidInput(
            f"{name}, line {error.line}: {error.problem}.",
            hint="Put each region between one BEGIN line and one END line.",
        ) from None


def copy_cleared(source: Path, target: Path, name: PurePath) -> None:
    """Copy a file of a course, without its marked regions if it is text. Raises InvalidInput.

    `name` is its path inside the course, for messages.
    """
    text = marked_text(source)
    if text is None:
        shutil.copyfile(source, target)
    else:
        target.write_bytes(trainee_text(text, name).encode())


def marked_text(path: Path) -> str | None:
    """Return a file's text if there are markers in it; None for all else, of any size."""
    marked = False
    for block in blocks(path):
        if b"\0" in block.content:
            return None
        marked = marked or bool(marker_lines(block.content.decode("latin-1")))
    return decoded(path.read_bytes()) if marked else None


def decoded(raw: bytes) -> str | None:
    """Return the text that the bytes spell, or None for a file that is not text."""
    if b"\0" in raw:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
