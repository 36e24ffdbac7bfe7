"""An exercise's panel, as a widget and, without a front end, as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import ipywidgets

from courses.learn.checks import Report
from courses.learn.helping import Help
from courses.learn.render import css_class, help_html, html, plain
from courses.learn.words import say

STATE = "application/vnd.aifactory.exercise+json"
"""For programs, whatever the language of the words: validation reads it."""


@cache
def style(name: str) -> str:
    """Return a stylesheet of this package."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def button(text: str, act: Callable[[], None]) -> ipywidgets.Button:
    """Return a button that does something: a real one, for mouse, keyboard and screen reader."""
    made = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="auto"))
    made.add_class("onboard-button")
    made.on_click(lambda _: act())
    return made


class Panel:
    """A report that a front end shows as a widget, a web page as HTML, a terminal as text.

    `ask_hint` and `ask_solution` return the help there is after they were asked. `unsaved` says
    that the trainee's home did not take it.
    """

    def __init__(
        self,
        report: Report,
        help_: Help = Help(),  # noqa: B008  frozen
        ask_hint: Callable[[], Help] | None = None,
        ask_solution: Callable[[], Help] | None = None,
        unsaved: str = "",
    ) -> None:
        self.report, self.help, self.unsaved = report, help_, unsaved
        self._shows_solution = True
        self._ask = {"hint": ask_hint, "solution": ask_solution}

    def __repr__(self) -> str:
        return plain(self.report, self.help, self.unsaved)

    def widget(self) -> ipywidgets.Widget:
        """Return the panel as a widget, with its state among its CSS classes."""
        report = ipywidgets.HTML(value=html(self.report, style("panel.css"), self.unsaved))
        box = ipywidgets.VBox([report, *self._help_widgets()])
        box.add_class("onboard-exercise")
        box.add_class(css_class(self.report.state))
        return box

    def _help_widgets(self) -> list[ipywidgets.Widget]:
        if not self.help:
            return []
        self._hint = button("", lambda: self._show("hint"))
        self._solution = button("", self._press_solution)
        self._given = ipywidgets.HTML()
        self._refresh()
        return [ipywidgets.HBox([self._hint, self._solution]).add_class("onboard-row"), self._given]

    def _press_solution(self) -> None:
        if self.help.solution:
            self._shows_solution = not self._shows_solution
            self._refresh()
        else:
            self._show("solution")

    def _show(self, what: str) -> None:
        if ask := self._ask[what]:
            self.help = ask()
            self._refresh()

    def _refresh(self) -> None:
        """Bring words and buttons up to date.

        A button that was pressed stays and can be pressed: one that is hidden or disabled would
        drop the keyboard's focus.
        """
        left, solution = self.help.hints_left, self.help.solution
        self._hint.description = (
            say("Show a hint ({count} left)", count=left) if left else say("No more hints")
        )
        self._hint.layout.display = None if left or self.help.hints else "none"
        is_open = bool(solution) and self._shows_solution
        self._solution.description = (
            say("Hide the solution") if is_open else say("Show the solution")
        )
        self._solution.layout.display = None if solution or self.help.offers_solution else "none"
        self._given.value = help_html(replace(self.help, solution=solution if is_open else ""))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # The widget's own text names its model, which differs at every run: ours takes its place.
        bundle: dict[str, Any] = self.widget()._repr_mimebundle_()
        return {
            **bundle,
            "text/plain": repr(self),
            "text/html": html(self.report, unsaved=self.unsaved)
            + help_html(self.help, self.report.exercise_id),
            STATE: {"id": self.report.exercise_id, "state": self.report.state.value},
        }
