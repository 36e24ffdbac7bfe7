"""`lesson`: the header of a lesson, with which exercises are right and the time that is left."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import ipywidgets
from IPython.display import display

from courses.learn.checks import State
from courses.learn.desk import Desk, desk
from courses.learn.events import Kind
from courses.learn.refreshing import refresh
from courses.learn.remaining import read_remaining
from courses.learn.render import add_state, as_text, word
from courses.learn.session import read_job
from courses.learn.session_panel import time_html
from courses.learn.widgets import style
from courses.learn.words import choose_language, say


def lesson(
    course: str,
    lesson: str,
    *,
    exercises: Iterable[str] | Mapping[str, str] = (),
    language: str = "",
) -> None:
    """Show a lesson's header: how its exercises and quizzes stand, and the time that is left.

    `course` and `lesson` are the ids in course.toml, `exercises` the ids of exercises and quizzes,
    in their order; as a mapping it gives each a title. `language` is what the notebook is written
    in; a translated notebook says it by its name, and needs nothing.
    """
    here = desk()
    if language:
        choose_language(language)
    here.name_lesson(course, lesson)
    here.tell(Kind.LESSON_OPENED)
    titles = exercises if isinstance(exercises, Mapping) else dict.fromkeys(exercises, "")
    display(Header(here, titles))


class Header:
    """How the exercises of a lesson stand."""

    def __init__(self, here: Desk, titles: Mapping[str, str]) -> None:
        self._desk, self._titles = here, titles

    def rows(self) -> list[tuple[str, State]]:
        """Return each exercise's title and its state.

        Where the lesson gives no title it is the exercise's own, or its id until it was seen.

        What was right once stays right here: to go on trying things is no loss.
        """
        found = [(name, self._desk.standing(name)) for name in self._titles]
        return [
            (
                self._titles[name] or one.title or name,
                State.RIGHT if one.solved_at else _state(one.state),
            )
            for name, one in found
        ]

    def progress(self) -> str:
        """Say how many are right; nothing where there are none."""
        rows = self.rows()
        right = sum(state is State.RIGHT for _, state in rows)
        return say("Right so far: {count} of {all}.", count=right, all=len(rows)) if rows else ""

    def __repr__(self) -> str:
        rows = [f"  [{word(state)}] {title}" for title, state in self.rows()]
        return "\n".join(line for line in [self.progress(), *rows] if line)

    def html(self, css: str = "") -> str:
        """Return the header as one HTML element."""
        panel = Element("div", {"class": "onboard-report", "role": "status"})
        if css:
            SubElement(panel, "style").text = css
        SubElement(panel, "p", {"class": "onboard-title"}).text = self.progress()
        items = SubElement(panel, "ul")
        for title, state in self.rows():
            add_state(SubElement(items, "li"), state, f" {title}")
        return as_text(panel)

    def widget(self) -> ipywidgets.Widget:
        """Return the header as a widget that keeps up with the exercises and the time."""
        progress, time_left = ipywidgets.HTML(), ipywidgets.HTML()

        def show_progress() -> None:
            progress.value = self.html(style("panel.css"))

        def show_time() -> None:
            job = read_job(os.environ)
            remaining = read_remaining(os.environ, job.ends_at if job else None)
            time_left.value = time_html(remaining, datetime.now(UTC))

        show_progress()
        self._desk.watch(show_progress)
        refresh(show_time)
        return ipywidgets.VBox([progress, time_left]).add_class("onboard-exercise")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        # The time that is left is only in the widget: stored outputs are compared.
        bundle: dict[str, Any] = self.widget()._repr_mimebundle_()
        return {**bundle, "text/plain": repr(self), "text/html": self.html()}


def _state(text: str) -> State:
    return State(text) if text in set(State) else State.NOT_ATTEMPTED
