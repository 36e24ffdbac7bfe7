"""Images: whoever does not see one is told what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from courses.lint.markdown import Image
from courses.lint.material import Cell, Material
from courses.lint.rule import Problem, Rule, error


def _alt_text(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        for image in cell.markdown.images:
            if not _is_described(image):
                yield cell.problem(
                    f"The image {_name(image)} has no text alternative.",
                    "Say in a sentence what it shows: `![A curve that rises.](file)`.",
                )


def _is_described(image: Image) -> bool:
    # HTML's alt="" is on purpose: it tells a screen reader that there is nothing to know.
    return image.alt is not None and image.alt != PurePosixPath(image.source).name


def _name(image: Image) -> str:
    source = image.source if len(image.source) < 80 else image.source[:40] + "…"
    return source or "without a source"


def _output_alt(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        alt = cell.metadata.get("alt")
        if _draws(cell) and not (isinstance(alt, str) and alt.strip()):
            yield cell.problem(
                "Its stored output is a picture without a text alternative.",
                "Say in a sentence what it shows, as `alt` in the cell's metadata.",
            )


def _draws(cell: Cell) -> bool:
    return any(kind.startswith("image/") for one in cell.outputs for kind in one.get("data", {}))


RULES: tuple[Rule, ...] = (
    error("alt-text", _alt_text),
    error("output-alt-text", _output_alt),
)
