"""What a notebook says of itself: its title, its summary, how long it takes. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

from nbformat import NotebookNode

from courses.authoring import grading
from courses.authoring.regions import UnpairedError, open_lines

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_FENCE = re.compile(r"\s*(```|~~~)")
# Lists, tables, pictures, rules, quotes, HTML, formulas, indented code: no sentence.
_NO_PROSE = re.compile(r"\s*([-*+|>!<$=#]|\d+[.)]\s|---|\\)|    ")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_DECORATION = re.compile(r"<[^>]*>|[*`]|\\(?=\W)")
_LONGEST_TITLE, _LONGEST_SUMMARY = 200, 300

_WORDS_A_MINUTE = 200
_CODE_CELL_MINUTES = 0.5
_EXERCISE_MINUTES = 5
_LONGEST_MINUTES = 480


def title(notebook: NotebookNode, otherwise: str) -> str:
    """Return its first top heading, or the heading that it opens with, or something else."""
    headings = list(_headings(notebook))
    top = [text for cell, level, text in headings if level == 1]
    opening = [text for cell, level, text in headings if cell == 0]
    return next(iter([*top, *opening]), "") or line(otherwise) or "Untitled"


def summary(notebook: NotebookNode, otherwise: str) -> str:
    """Return the first sentences that it has, or something else."""
    for _, text in _texts(notebook):
        for paragraph in re.split(r"\n\s*\n", text):
            if not _NO_PROSE.match(paragraph) and (prose := line(paragraph)):
                return _shortened(prose, _LONGEST_SUMMARY)
    return otherwise


def minutes(notebook: NotebookNode) -> int:
    """Estimate how long it takes: time to read, to run each cell, and to solve each exercise."""
    words = sum(len(text.split()) for _, text in _texts(notebook))
    code = sum(cell.cell_type == "code" for cell in notebook.cells)
    exercises = sum(grading.holds_a_solution(cell) for cell in notebook.cells)
    total: float = (
        words / _WORDS_A_MINUTE + code * _CODE_CELL_MINUTES + exercises * _EXERCISE_MINUTES
    )
    return min(max(1, math.ceil(total)), _LONGEST_MINUTES)


def slug(text: str) -> str:
    """Return a name of lowercase letters, digits and single hyphens, at most 40; maybe none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].rstrip("-")


def unique_slug(text: str, taken: Container[str], otherwise: str) -> str:
    """Return a slug that none of those taken is."""
    wanted = slug(text) or otherwise
    found, number = wanted, 2
    while found in taken:
        end = f"-{number}"
        found, number = f"{wanted[: 40 - len(end)].rstrip('-')}{end}", number + 1
    return found


def spoken(name: str) -> str:
    """Return a file's name as a title: `01_first-steps` is `First steps`."""
    words = re.sub(r"[\s_-]+", " ", re.sub(r"^\d+[\s_.-]+", "", name)).strip()
    return line(words[:1].upper() + words[1:]) or line(name)


def line(text: str) -> str:
    """Return Markdown as one line of plain text, without what no manifest may hold."""
    plain = _DECORATION.sub("", _LINK.sub(r"\1", text))
    printable = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in plain)
    return _shortened(" ".join(printable.split()), _LONGEST_TITLE * 10)


def _headings(notebook: NotebookNode) -> Iterator[tuple[int, int, str]]:
    for number, text in _texts(notebook):
        for one in text.split("\n"):
            found = _HEADING.fullmatch(one.strip())
            if found and (said := line(found.group(2))):
                yield number, len(found.group(1)), _shortened(said, _LONGEST_TITLE)


def _texts(notebook: NotebookNode) -> Iterator[tuple[int, str]]:
    """Yield the text cells with their position among them, without fenced code or solutions."""
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    for number, cell in enumerate(texts):
        if not grading.is_solution_throughout(cell):
            yield number, "\n".join(_outside_fences(_open(cell.source)))


def _open(text: str) -> list[str]:
    try:
        return open_lines(text)
    except UnpairedError:
        return []  # nobody knows what of it a trainee may see


def _outside_fences(lines: Iterable[str]) -> Iterator[str]:
    fenced = False
    for one in lines:
        if _FENCE.match(one):
            fenced = not fenced
        elif not fenced:
            yield one


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rsplit(' ', 1)[0]}…"
