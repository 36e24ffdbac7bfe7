"""The proof that a built course gives nothing away: what trainees get is searched for it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from courses.authoring.blocks import BLOCK_BYTES, blocks
from courses.authoring.credentials import credentials
from courses.authoring.helpers import decoded
from courses.authoring.hidden import Hidden, Secret, hidden_in, plain
from courses.authoring.regions import marker_lines
from courses.authoring.source import Source, parse
from spawners.errors import InvalidInput

_TRANSLATED = re.compile(r"\.[a-z]{2,3}(-[A-Z]{2})?\.ipynb$")
_NEVER = {
    "solution": "a folder or file of solutions",
    "solutions": "a folder or file of solutions",
    "gradebook.db": "nbgrader's gradebook: it holds the source",
    "nbgrader_config.py": "nbgrader's configuration",
    "__pycache__": "compiled code, which may be of a solution",
}
_SHOWN = 5


@dataclass(frozen=True)
class Leak:
    """Something that a trainee should not get."""

    file: str
    cell: str
    """Its cell's id, or nothing."""
    line: int
    """In the cell, or where there is none in the file; 0 for the whole of it."""
    what: str

    def __str__(self) -> str:
        cell = f", cell {self.cell}" if self.cell else ""
        line = f", line {self.line}" if self.line else ""
        return f"{self.file}{cell}{line}: {self.what}"


def require_no_leaks(source_folder: Path, built_folder: Path) -> None:
    """Raise InvalidInput naming what the built course gives away, if it does."""
    found = leaks(source_folder, built_folder)
    if found:
        shown = "; ".join(str(leak) for leak in found[:_SHOWN])
        more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise InvalidInput(
            f"{source_folder}: trainees would see what they should not: {shown}{more}.",
            hint="Mark it as a solution, or take it out of the course's folder.",
        )


def leaks(source_folder: Path, built_folder: Path) -> tuple[Leak, ...]:
    """Return what the built version of a course gives away, of every file in it.

    Raises InvalidInput for a source that cannot be read.
    """
    hidden = hidden_in(source_folder)
    found = dict.fromkeys(leak for path in _files(built_folder) for leak in _of(path, hidden))
    return tuple(found)


@dataclass(frozen=True)
class _File:
    path: Path
    name: str


def _files(folder: Path) -> Iterator[_File]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted([*files, *folders]):
            path = Path(root, name)
            yield _File(path, path.relative_to(folder).as_posix())


def _of(file: _File, hidden: Hidden) -> Iterator[Leak]:
    reason = misplaced(file.path)
    if reason:
        yield Leak(file.name, "", 0, reason)
    if file.path.is_symlink() or file.path.is_dir():
        return
    if file.path.suffix == ".ipynb":
        yield from in_notebook(file.name, decoded(file.path.read_bytes()) or "", hidden)
    elif file.path.stat().st_size > BLOCK_BYTES:
        yield from _in_large(file, hidden)
    else:
        yield from in_text(file.name, _text(file.path.read_bytes()), hidden)


def _text(raw: bytes) -> str:
    text = decoded(raw)
    # Every byte is some character of Latin-1: what a database holds is found all the same.
    return raw.decode("latin-1") if text is None else text


def _in_large(file: _File, hidden: Hidden) -> Iterator[Leak]:
    """As `in_text`, a piece at a time: once for what stands in it at all, once for what tells."""
    wanted, seen = {line for secret in hidden.secrets for line in secret.lines}, set[str]()
    for block in blocks(file.path) if wanted else ():
        for spelling in _spellings(_text(block.content)):
            whole = _plain(spelling)
            seen.update(line for line in wanted - seen if line in whole)
    telling = _telling(file.name, hidden, lambda line: line in seen)
    for block in blocks(file.path):
        for spelling in _spellings(_text(block.content)):
            for line, what in _in(spelling, telling):
                yield Leak(file.name, "", block.lines_before + line, what)


def misplaced(path: Path) -> str:
    """Return why a path has no place in what trainees get, or nothing."""
    if path.is_symlink():
        return "a link, to wherever"
    if path.name.startswith("."):
        return "a hidden file or folder"
    named = path.name.lower()
    # A notebook of that name has been cleared as every other.
    stem = "" if path.suffix == ".ipynb" else named.partition(".")[0]
    return _NEVER.get(named) or _NEVER.get(stem, "")


def in_notebook(name: str, text: str, hidden: Hidden) -> Iterator[Leak]:
    """Yield what a built notebook gives away; `name` is its path in the course. Pure."""
    try:
        source = parse(text, name)
    except InvalidInput as error:
        yield Leak(name, "", 0, f"nothing can be proven of it: {error.message}")
        return
    original = _TRANSLATED.sub(".ipynb", name)
    for cell in source.notebook.cells:
        own = hidden.of_cells.get((name, cell.id)) or hidden.of_cells.get((original, cell.id))
        for line, what in _of_cell(cell, own or frozenset(), hidden.secrets):
            yield Leak(name, cell.id, line, what)
    yield from (Leak(name, "", 0, what) for what in _of_metadata(source, hidden.secrets))


def _of_cell(
    cell: NotebookNode, own: frozenset[str], secrets: Iterable[Secret]
) -> Iterator[tuple[int, str]]:
    yield from _traces(cell)
    for number, line in enumerate(cell.source.split("\n"), start=1):
        if plain(line) in own:
            yield number, "a line of the cell's own solution, hidden tests or mark scheme"
    yield from _in(cell.source, secrets)
    yield from ((0, what) for what in _in_metadata(cell.metadata, secrets))


def _traces(cell: NotebookNode) -> Iterator[tuple[int, str]]:
    if cell.get("outputs"):
        yield 0, "an output of the instructor's run"
    if cell.get("execution_count") is not None:
        yield 0, "an execution count of the instructor's run"
    for name in cell.get("attachments", {}):
        if "attachment:" not in cell.source:
            yield 0, f"the attachment {name}, which nothing shows"


def _of_metadata(source: Source, secrets: Iterable[Secret]) -> Iterator[str]:
    if "widgets" in source.notebook.metadata:
        yield "the state of the instructor's widgets"
    yield from _in_metadata(source.notebook.metadata, secrets)


def in_text(name: str, text: str, hidden: Hidden) -> Iterator[Leak]:
    """Yield what any other file gives away. Pure.

    A file that an author wrote may well share a line with a solution; it gives a solution away
    when all of it stands there. Of its own regions, and of a translation, no line may.
    """
    for spelling in _spellings(text):
        telling = _telling(name, hidden, _plain(spelling).__contains__)
        yield from (Leak(name, "", line, what) for line, what in _in(spelling, telling))


def _telling(name: str, hidden: Hidden, has: Callable[[str], bool]) -> list[Secret]:
    """Return the secrets of which a line in this file tells; `has`: whether a line is in it."""
    near = name.endswith(".po")
    return [
        secret
        for secret in hidden.secrets
        if near or secret.file == name or all(has(line) for line in secret.lines)
    ]


def _in(text: str, secrets: Iterable[Secret]) -> Iterator[tuple[int, str]]:
    whole = _plain(text)
    for secret in secrets:
        for line in secret.lines:
            at = whole.find(line)
            if at >= 0:
                yield whole.count("\n", 0, at) + 1, f"a line of {secret}"
    yield from ((line, "a marker, with whatever it marks") for line in marker_lines(text))
    yield from credentials(text)


def _plain(text: str) -> str:
    return "\n".join(plain(line) for line in text.split("\n"))


def _in_metadata(metadata: NotebookNode, secrets: Iterable[Secret]) -> Iterator[str]:
    for spelling in _spellings(json.dumps(metadata, ensure_ascii=False)):
        yield from (f"in its metadata, {what}" for _, what in _in(spelling, secrets))


def _spellings(text: str) -> tuple[str, ...]:
    """Return the text, and as it was before JSON or gettext put it between quotes."""
    inside = text.replace('\\"', '"').replace("\\\\", "\\")
    return (text,) if inside == text else (text, inside)
