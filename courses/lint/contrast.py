"""Plots that everyone can tell apart: WCAG 2.2's contrast, and colour maps that mislead nobody."""

from __future__ import annotations

from collections.abc import Iterator

from courses.lint.colours import DRAWS, background, colours, contrast, rgb, uneven_maps
from courses.lint.material import Cell, Material
from courses.lint.pictures import NoPicture, best_contrast
from courses.lint.rule import Problem, Rule, error, warning

LEAST_FOR_TEXT = 4.5
LEAST_FOR_MARKS = 3.0


def _plotting(material: Material) -> Iterator[Cell]:
    for notebook in material.notebooks:
        if notebook.packages & DRAWS:
            yield from (cell for cell in notebook.cells if cell.is_code)


def _colours(material: Material) -> Iterator[Problem]:
    for cell in _plotting(material):
        behind = background(cell.calls)
        for colour in colours(cell.calls):
            front_rgb, behind_rgb = rgb(colour.name), rgb(behind)
            if not front_rgb or not behind_rgb:
                continue
            least = LEAST_FOR_TEXT if colour.is_text else LEAST_FOR_MARKS
            found = contrast(front_rgb, behind_rgb)
            if found < least:
                yield cell.problem(
                    f"“{colour.name}” on “{behind}” has a contrast of {found:.1f} to 1.",
                    f"Take a {_way(front_rgb)} colour: "
                    f"{'text' if colour.is_text else 'a line or a mark'} needs {least:g} to 1.",
                    at=colour.node,
                )


def _way(front: tuple[float, float, float]) -> str:
    return "darker" if sum(front) > 1.5 else "lighter"


def _maps(material: Material) -> Iterator[Problem]:
    for cell in _plotting(material):
        for name, node in uneven_maps(cell.tree):
            yield cell.problem(
                f"The colour map {name} shows steps where the data has none, and is unreadable "
                "with colour blindness.",
                "Use viridis or cividis.",
                at=node,
            )


def _pictures(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        for output in cell.outputs:
            png = output.get("data", {}).get("image/png")
            if isinstance(png, str):
                yield from _look(cell, png)


def _look(cell: Cell, png: str) -> Iterator[Problem]:
    try:
        found = best_contrast(png)
    except NoPicture as problem:
        yield cell.problem(f"Its stored picture cannot be read: {problem}.", "Run the cell again.")
        return
    if found is None:
        yield cell.problem(
            "Its stored picture has a transparent background: nobody knows what will be behind it.",
            "Give the figure a `facecolor`.",
        )
    elif found < LEAST_FOR_MARKS:
        yield cell.problem(
            f"Nothing in its stored picture has more than {found:.1f} to 1 of contrast.",
            f"Draw in colours that differ from the background by {LEAST_FOR_MARKS:g} to 1.",
        )


RULES: tuple[Rule, ...] = (
    warning("colour-contrast", _colours),
    warning("colour-map", _maps),
    error("picture-contrast", _pictures),
)
