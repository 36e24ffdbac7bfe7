"""`quiz`: a question, its answer marked at once, remembered and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets
from IPython.display import display

from courses.learn.checks import State
from courses.learn.checks.blame import show
from courses.learn.clock import now_text
from courses.learn.desk import desk
from courses.learn.events import LONGEST_TEXT, shortened
from courses.learn.events import Kind as EventKind
from courses.learn.exercise import checked_id
from courses.learn.inputs import input_for
from courses.learn.memory import Standing
from courses.learn.question import Hashed, Kind, Marked, Question, mark
from courses.learn.quiz_render import plain, question_html, result_html
from courses.learn.render import css_class
from courses.learn.widgets import button, style
from courses.learn.words import say

STATE = "application/vnd.aifactory.quiz+json"
"""For programs: id, kind and state. Not the exercises' own: a run of a lesson answers no quiz."""


def quiz(
    quiz_id: str,
    *,
    question: str,
    answer: str | Sequence[str] | float | None = None,
    answer_hash: Mapping[str, str] | None = None,
    kind: str = "single",
    choices: Mapping[str, str] | None = None,
    feedback: Mapping[str, str] | None = None,
    tolerance: float = 0.0,
    unit: str = "",
) -> None:
    """Ask a question.

    `quiz_id` is unique in the course, as an exercise's. `kind` is "single", "multiple", "numeric"
    or "ordering". `choices` are texts by id, shown in this order; `answer` names the right ids (in
    order, for an ordering), or is a number, right within `tolerance`. `feedback` is by choice, or
    by "right" and "wrong" for a number. Who reads the code finds the answer there; not so with
    `answer_hash` in its place, which the trainees' version of a quiz in a cell's metadata has.
    Raises ValueError for a malformed call, which is an author's mistake.
    """
    checked_id("quiz", quiz_id)
    if kind not in set(Kind):
        raise ValueError(f"quiz {quiz_id}: kind {kind!r} is none of {', '.join(Kind)}")
    asked = Question(
        id=quiz_id,
        text=question,
        kind=Kind(kind),
        answer=_answer(quiz_id, answer, answer_hash),
        choices=dict(choices or {}),
        feedback=dict(feedback or {}),
        tolerance=tolerance,
        unit=unit,
    )
    _asked[quiz_id] = Quiz(asked)
    _asked[quiz_id].show()


def answer(quiz_id: str, *given: str | float) -> None:
    """Answer a quiz whose cell has run, without a front end: ids of choices, or a number."""
    if (one := _asked.get(quiz_id)) is None:
        print(say("There is no quiz {name} yet: run its cell first.", name=quiz_id))  # noqa: T201  who calls it reads it
        return
    # What is no text and no number is no choice either, whatever else it may be.
    one.answer(tuple(word if isinstance(word, str) else show(word) for word in given))
    one.show()


def _answer(
    quiz_id: str,
    answer: str | Sequence[str] | float | None,
    answer_hash: Mapping[str, str] | None,
) -> tuple[str, ...] | float | Hashed:
    if (answer is None) == (answer_hash is None):
        raise ValueError(f"quiz {quiz_id}: give it answer= or answer_hash=")
    if answer_hash is not None:
        return Hashed(dict(answer_hash))
    if isinstance(answer, int | float):
        return float(answer)
    return (answer,) if isinstance(answer, str) else tuple(answer or ())


class Quiz:
    """One question in this kernel, with the answer to it that was given last."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._desk = desk()
        self._unsaved = ""
        # An author's stored outputs begin anew each time; a trainee goes on where they were.
        remembers = self._desk.place.folder is not None
        self._given = self._desk.standing(question.id).answer if remembers else ()
        self._marked = mark(question, self._given)

    def show(self) -> None:
        """Display the question, and what the last answer was worth."""
        display(self)

    def answer(self, given: tuple[str, ...]) -> Marked:
        """Mark an answer, remember it, tell it."""
        self._given, self._marked = given, mark(self._question, given)
        if self._marked.state is not State.NOT_ATTEMPTED:
            standing = self._desk.change(self._question.id, self._after)
            self._desk.tell(
                EventKind.QUIZ_ANSWERED,
                self._question.id,
                self._marked.state.value,
                kind=self._question.kind.value,
                attempts=standing.attempts,
                answer=", ".join(given)[:LONGEST_TEXT],
                message=shortened(self._marked.message),
            )
            self._unsaved = self._desk.unsaved()
        return self._marked

    def _after(self, standing: Standing) -> Standing:
        is_right = self._marked.state is State.RIGHT
        return replace(
            standing,
            state=self._marked.state.value,
            attempts=standing.attempts + 1,
            solved_at=now_text() if is_right else standing.solved_at,
            answer=self._given,
            title=self._question.text,
        )

    def __repr__(self) -> str:
        return plain(self._question, self._given, self._marked, self._unsaved)

    def widget(self) -> ipywidgets.Widget:
        """Return the question with something to answer it, a button, and the result."""
        input_ = input_for(self._question, self._given)
        result = ipywidgets.HTML()
        box = ipywidgets.VBox()

        def show_result(marked: Marked) -> None:
            for state in State:
                box.remove_class(css_class(state))
            box.add_class(css_class(marked.state))
            result.value = result_html(marked, self._unsaved)

        check = button(say("Check my answer"), lambda: show_result(self.answer(input_.given())))
        text = ipywidgets.HTML(value=question_html(self._question, style("panel.css")))
        box.children = [text, *input_.widgets, check, result]
        box.add_class("onboard-exercise").add_class("onboard-quiz")
        show_result(self._marked)
        return box

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundle: dict[str, Any] = self.widget()._repr_mimebundle_()
        said = question_html(self._question, with_choices=True) + result_html(
            self._marked, self._unsaved
        )
        return {
            **bundle,
            "text/plain": repr(self),
            "text/html": said,
            STATE: {
                "id": self._question.id,
                "kind": self._question.kind.value,
                "state": self._marked.state.value,
            },
        }


_asked: dict[str, Quiz] = {}
