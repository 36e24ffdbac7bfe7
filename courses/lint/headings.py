"""Headings: how a screen reader, and the table of contents, get around in a lesson."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from courses.lint.markdown import Heading
from courses.lint.material import Cell, Material, Notebook
from courses.lint.rule import Problem, Rule, error, warning


def _headings(notebook: Notebook) -> list[tuple[Cell, Heading]]:
    return [(cell, heading) for cell in notebook.cells for heading in cell.markdown.headings]


def _one_title(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        found = _headings(notebook)
        titles = [(cell, heading) for cell, heading in found if heading.level == 1]
        if not titles:
            yield Problem(
                notebook.place, "It has no title.", "Begin its first cell with `# Title`."
            )
        elif found[0] != titles[0]:
            cell, heading = found[0]
            yield cell.problem(
                f"The heading “{heading.text}” comes before the title.",
                "Put the title first: `# Title`.",
            )
        for cell, heading in titles[1:]:
            yield cell.problem(
                f"“{heading.text}” is a second title.", "Write `##`: a lesson has one `#`."
            )


def _skipped_level(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        found = _headings(notebook)
        for (_, above), (cell, heading) in pairwise(found):
            if heading.level > above.level + 1:
                yield cell.problem(
                    f"“{heading.text}” is of level {heading.level}, right below level "
                    f"{above.level}.",
                    f"Write `{'#' * (above.level + 1)}`: a level left out sounds like a part lost.",
                )


def _heading_twice(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        seen: set[str] = set()
        for cell, heading in _headings(notebook):
            if heading.anchor in seen:
                yield cell.problem(
                    f"There is another heading “{heading.text}” in this lesson.",
                    "Word them differently: a link and a list of headings know them by their text.",
                )
            seen.add(heading.anchor)


def _empty_heading(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        if any(not heading.text for heading in cell.markdown.headings):
            yield cell.problem("A heading has no text.", "Write one, or delete the heading.")


RULES: tuple[Rule, ...] = (
    error("one-title", _one_title),
    error("heading-skips-level", _skipped_level),
    warning("heading-twice", _heading_twice),
    error("heading-empty", _empty_heading),
)
