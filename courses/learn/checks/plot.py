"""Plots of Matplotlib: title, labels of the axes, legend, and the lines with their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.array import difference, numpy
from courses.learn.checks.base import wrong
from courses.learn.checks.text import normalised
from courses.learn.words import say


@dataclass(frozen=True)
class PlotCheck:
    """The answer is a plot (Matplotlib's axes, or a figure with one) that has what is given.

    `title`, `xlabel` and `ylabel` are texts, or True for any text. `lines` is how many there are;
    `data` gives x and y of lines that must be among them, in any order.
    """

    name: str
    message: str = ""
    title: str | bool = False
    xlabel: str | bool = False
    ylabel: str | bool = False
    legend: bool = False
    lines: int | None = None
    data: Sequence[tuple[Any, Any]] = ()
    relative: float = 1e-9

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Look at the plot. Raises AssertionError with the first thing that it lacks."""
        axes = _axes(answer)
        said = (
            _text(say("a title"), axes.get_title(), self.title)
            or _text(say("a label on the x axis"), axes.get_xlabel(), self.xlabel)
            or _text(say("a label on the y axis"), axes.get_ylabel(), self.ylabel)
            or self._lines(axes.get_lines())
        )
        if not said and self.legend and axes.get_legend() is None:
            said = say("It lacks {what}.", what=say("a legend"))
        if said:
            raise AssertionError(said)
        return True

    def _lines(self, lines: Sequence[Any]) -> str:
        if self.lines is not None and len(lines) != self.lines:
            return say(
                "Lines in the plot: {mine}; there should be {expected}.",
                mine=len(lines),
                expected=self.lines,
            )
        for number, (x, y) in enumerate(self.data, start=1):
            if not any(_has(line, x, y, self.relative) for line in lines):
                return say("No line shows the data number {number}.", number=number)
        return ""


def _axes(answer: Any) -> Any:  # noqa: ANN401
    if hasattr(answer, "get_xlabel"):
        return answer
    axes = getattr(answer, "axes", None)
    if not isinstance(axes, list):
        kind = type(answer).__name__
        raise wrong("Your answer is of type {type}: it should be a plot.", type=kind)
    if len(axes) != 1:
        raise wrong("Plots in the figure: {count}; there should be 1.", count=len(axes))
    return axes[0]


def _text(what: str, found: str, wanted: str | bool) -> str:
    if wanted and not found.strip():
        return say("It lacks {what}.", what=what)
    if isinstance(wanted, str) and wanted and normalised(found) != normalised(wanted):
        return say(
            "It should have {what}: {expected}. Yours is {mine}.",
            what=what,
            expected=f"“{wanted}”",
            mine=f"“{found}”",
        )
    return ""


def _has(line: Any, x: Any, y: Any, relative: float) -> bool:  # noqa: ANN401
    np = numpy()
    found = np.asarray(line.get_xydata(), dtype=float)
    wanted = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    return not difference(found, wanted, 0.0, relative)
