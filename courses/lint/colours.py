"""The colours that a code cell gives to matplotlib, as far as they are written out. Pure.

What is worked out at run time is not seen: this reads literals, and runs nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from courses.lint import python
from courses.lint.python import Call, literal

Rgb = tuple[float, float, float]

DRAWS = frozenset(("matplotlib", "seaborn", "pandas", "pylab"))
"""The packages whose colours these are."""

_LABELS = ("title", "xlabel", "ylabel", "set_title", "set_xlabel", "set_ylabel", "suptitle")
_NOTES = ("text", "annotate", "figtext", "bar_label", "clabel", "supxlabel", "supylabel")
_TEXT_CALLS = frozenset((*_LABELS, *_NOTES))
_CURVES = ("plot", "lineplot", "step", "stairs", "stem", "errorbar", "loglog", "semilogx")
_LINES = ("semilogy", "axhline", "axvline", "axline", "hlines", "vlines", "set_color")
_POINTS = ("scatter", "scatterplot", "quiver")
_AREAS = ("bar", "barh", "barplot", "hist", "histplot", "pie")
_MARK_CALLS = frozenset((*_CURVES, *_LINES, *_POINTS, *_AREAS))
_COLOUR_KEYS = ("color", "c", "colors", "markerfacecolor", "mfc", "markeredgecolor", "mec")
_BACKGROUND_CALLS = frozenset(("figure", "subplots", "subplot", "add_subplot", "axes"))
_FORMAT = re.compile(r"[-.:,ov^<>12348spP*hH+xXDd|_]*([bgrcmykw])[-.:,ov^<>12348spP*hH+xXDd|_]*")
"""The short form of `plot`: one letter for the colour, among those for marker and line."""

_NOT_EVEN = re.compile(
    r"(jet|rainbow|gist_rainbow|gist_ncar|nipy_spectral|hsv|prism|flag|turbo)(_r)?"
)


@dataclass(frozen=True)
class Colour:
    """A colour as it is written, where, and whether it is that of text."""

    name: str
    node: ast.AST
    is_text: bool


def colours(calls: Iterable[Call]) -> Iterator[Colour]:
    """Yield each colour that is written out for a line, a marker, a bar or a text."""
    for call in calls:
        is_text = call.last in _TEXT_CALLS
        if not is_text and call.last not in _MARK_CALLS:
            continue
        for key in _COLOUR_KEYS:
            for name in _names(call.keyword(key)):
                yield Colour(name, call.node, is_text)
        if call.last == "plot":
            yield from _of_formats(call)


def _of_formats(call: Call) -> Iterator[Colour]:
    for argument in call.node.args:
        value = literal(argument)
        if isinstance(value, str) and (found := _FORMAT.fullmatch(value)):
            yield Colour(found.group(1), call.node, is_text=False)


def _names(node: ast.expr | None) -> Iterator[str]:
    for one in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
        value = literal(one)
        if isinstance(value, str):
            yield value


def background(calls: Iterable[Call]) -> str:
    """Return the background that the cell sets, the axes' before the figure's; else white."""
    found = "white"
    for call in calls:
        if call.last == "set_facecolor" and isinstance(call.first, str):
            return call.first
        given = literal(call.keyword("facecolor"))
        if call.last in _BACKGROUND_CALLS and isinstance(given, str):
            found = given
    return found


def uneven_maps(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each colour map that suggests steps where the data has none, with its node."""
    for call in python.calls(tree):
        by_name = call.last in ("get_cmap", "set_cmap") and call.first
        for name in (literal(call.keyword("cmap")), by_name):
            if isinstance(name, str) and _NOT_EVEN.fullmatch(name):
                yield name, call.node
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_map(node) and _NOT_EVEN.fullmatch(node.attr):
            yield node.attr, node


def _is_map(node: ast.Attribute) -> bool:
    return python.dotted(node.value).rpartition(".")[2] in ("cm", "colormaps")


def rgb(name: str) -> Rgb | None:
    """Return a colour's parts from 0 to 1; None for `none`, and for what is no colour."""
    from matplotlib.colors import to_rgba  # 0.2 s that a course without plots need not wait

    try:
        red, green, blue, alpha = to_rgba(name)
    except ValueError:
        return None
    return (float(red), float(green), float(blue)) if alpha else None


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
