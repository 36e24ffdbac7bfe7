"""The only user interface: an exercise's panel, as a widget and, without a front end, as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import ipywidgets
from IPython.display import display

from courses.learn.checks import Check, Report, judge
from courses.learn.render import css_class, html, plain

STATE = "application/vnd.aifactory.exercise+json"
"""For programs, whatever the language of the words: validation reads it."""
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def exercise(
    exercise_id: str, answer: Callable[[], object], *, title: str, checks: Sequence[Check]
) -> None:
    """Judge the trainee's answer and show what each check found.

    `exercise_id` is unique in the course: lowercase, digits, single hyphens. `answer` returns what
    is judged, as in `lambda: my_function`; a name that does not exist yet, a `...` and a
    `raise NotImplementedError()` count as not attempted. Raises ValueError for a malformed call,
    which is an author's mistake.
    """
    if not _ID.fullmatch(exercise_id):
        raise ValueError(
            f"exercise id {exercise_id!r}: use lowercase letters, digits and single hyphens"
        )
    if not checks:
        raise ValueError(f"exercise {exercise_id}: give it at least one check")
    display(Panel(Report(exercise_id, title, judge(answer, checks))))


class Panel:
    """A report that a front end shows as a widget, a web page as HTML, a terminal as text."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __repr__(self) -> str:
        return plain(self.report)

    def widget(self) -> ipywidgets.Widget:
        """Return the panel as a widget, with its state among its CSS classes."""
        style = files(__package__).joinpath("panel.css").read_text(encoding="utf-8")
        box = ipywidgets.VBox([ipywidgets.HTML(value=html(self.report, style))])
        box.add_class("onboard-exercise")
        box.add_class(css_class(self.report.state))
        return box

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # The widget's own text names its model, which differs at every run: ours takes its place.
        bundle: dict[str, Any] = self.widget()._repr_mimebundle_()
        return {
            **bundle,
            "text/plain": plain(self.report),
            "text/html": html(self.report),
            STATE: {"id": self.report.exercise_id, "state": self.report.state.value},
        }
