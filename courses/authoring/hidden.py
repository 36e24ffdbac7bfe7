"""What a course hides from trainees: the lines of its solutions, hidden tests and mark schemes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from nbformat import NotebookNode

from courses.authoring import grading, stubs
from courses.authoring.content import content_files
from courses.authoring.helpers import decoded, marked_text
from courses.authoring.regions import Kind, UnpairedError, marker_lines, open_lines, regions
from courses.authoring.source import Source, read
from spawners.errors import InvalidInput

_SHORTEST = 8
"""A shorter line (`pass`, `x = 1`) is anybody's; only its own cell is searched for it."""
_IMPORT = re.compile(r"(import|from) \w")
_KINDS = {
    Kind.SOLUTION: "solution",
    Kind.HIDDEN_TESTS: "hidden tests",
    Kind.MARK_SCHEME: "mark scheme",
}


@dataclass(frozen=True)
class Secret:
    """One region, or a cell that is a solution throughout. Lines are as `plain` makes them."""

    file: str
    cell: str
    what: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"the {self.what} of {self.file}" + (f", cell {self.cell}" if self.cell else "")


@dataclass(frozen=True)
class Hidden:
    """Everything that a course hides."""

    secrets: tuple[Secret, ...]
    """Their lines that are long enough to be told, and stand openly in no notebook."""
    of_cells: Mapping[tuple[str, str], frozenset[str]]
    """Notebook and cell id -> every hidden line of the cell, however short."""


def plain(line: str) -> str:
    """Return the line as lines are compared: without indentation, spaces made single."""
    return " ".join(line.split())


def hidden_in(folder: Path) -> Hidden:
    """Read what a course's source hides. Raises InvalidInput as its build does."""
    notebooks, texts = [], {}
    for path in content_files(folder):
        if path.suffix == ".ipynb":
            notebooks.append(read(folder / path, path.as_posix()))
        elif (text := _telling_text(folder / path)) is not None:
            texts[path.as_posix()] = text
    return hidden(notebooks, texts)


def _telling_text(path: Path) -> str | None:
    # Data may be larger than memory; what hides nothing is not kept.
    return decoded(path.read_bytes()) if path.suffix == ".po" else marked_text(path)


def hidden(notebooks: Iterable[Source], texts: Mapping[str, str]) -> Hidden:
    """Return what these hide: notebooks, and other files by their path. Pure.

    Raises InvalidInput naming a file whose markers do not pair up.
    """
    of_cells, secrets, shown = {}, [], sorted(stubs.all_lines())
    for source in notebooks:
        for cell in source.notebook.cells:
            with _named(source.place(cell.id)):
                found = list(_of_cell(source.name, cell))
                openly = _plain_lines(_open_lines(cell))
            secrets += found
            shown += openly
            lines = {line for secret in found for line in secret.lines}
            of_cells[source.name, cell.id] = frozenset(lines - {*openly, *stubs.all_lines()})
    for name, text in texts.items():
        with _named(name):
            own = "\n".join(_plain_lines(open_lines(text))) if marker_lines(text) else ""
            secrets += _telling(_of_text(name, "", text), own)
    told = tuple(_telling(secrets, "\n".join(shown)))
    return Hidden((*told, *_translated(told, texts)), of_cells)


def _of_cell(name: str, cell: NotebookNode) -> Iterator[Secret]:
    if grading.is_solution_throughout(cell):
        lines = _plain_lines(cell.source.split("\n"))
        yield Secret(name, cell.id, _KINDS[Kind.SOLUTION], tuple(lines))
    else:
        yield from _of_text(name, cell.id, cell.source)


def _of_text(name: str, cell_id: str, text: str) -> Iterator[Secret]:
    for region in regions(text) if marker_lines(text) else ():
        yield Secret(name, cell_id, _KINDS[region.kind], tuple(_plain_lines(region.lines)))


def _open_lines(cell: NotebookNode) -> list[str]:
    return [] if grading.is_solution_throughout(cell) else open_lines(cell.source)


def _plain_lines(lines: Iterable[str]) -> list[str]:
    return [line for one in lines if (line := plain(one)) and not marker_lines(one)]


def _telling(secrets: Iterable[Secret], shown: str) -> Iterator[Secret]:
    """Yield the secrets with the lines that give them away, where any does."""
    for secret in secrets:
        lines = tuple(
            line
            for line in dict.fromkeys(secret.lines)
            if len(line) >= _SHORTEST and not _IMPORT.match(line) and line not in shown
        )
        if lines:
            yield replace(secret, lines=lines)


def _translated(secrets: Iterable[Secret], texts: Mapping[str, str]) -> Iterator[Secret]:
    """Yield the secrets as a translation has them, should it have any."""
    for name, text in texts.items():
        for msgid, msgstr in _entries(name, text) if name.endswith(".po") else ():
            theirs = _plain_lines(msgid.split("\n"))
            ours = _plain_lines(msgstr.split("\n"))
            for secret in secrets:
                hits = [any(line in one for line in secret.lines) for one in theirs]
                if len(ours) != len(theirs):
                    continue
                lines = [one for one, hit in zip(ours, hits, strict=True) if hit]
                if told := tuple(one for one in lines if len(one) >= _SHORTEST):
                    yield replace(secret, lines=told)


def _entries(name: str, text: str) -> list[tuple[str, str]]:
    import polib  # only a course with translations needs it

    try:
        return [(entry.msgid, entry.msgstr) for entry in polib.pofile(text)]
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{name}: cannot be read: {error}.", hint="Mend the line it names."
        ) from None


@contextmanager
def _named(place: str) -> Iterator[None]:
    try:
        yield
    except UnpairedError as error:
        raise InvalidInput(
            f"{place}, line {error.line}: {error.problem}.",
            hint="Put each region between one BEGIN line and one END line.",
        ) from None
