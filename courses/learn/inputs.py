"""What a question is answered with: real radio buttons, boxes, fields and lists, with labels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import ipywidgets

from courses.learn.question import Kind, Question
from courses.learn.words import say

_WIDE = {"width": "auto"}


class Input(ABC):
    """One way to answer; `given` is what the trainee has put in."""

    widgets: list[ipywidgets.Widget]

    @abstractmethod
    def given(self) -> tuple[str, ...]:
        """Return the answer as it stands; empty if there is none."""


class _Radio(Input):
    def __init__(self, question: Question, given: Sequence[str]) -> None:
        options = [(text, name) for name, text in question.choices.items()]
        value = given[0] if given and given[0] in question.choices else None
        self._radio = ipywidgets.RadioButtons(options=options, value=value, layout=_WIDE)
        self.widgets = [self._radio]

    def given(self) -> tuple[str, ...]:
        return (self._radio.value,) if self._radio.value is not None else ()


class _Boxes(Input):
    def __init__(self, question: Question, given: Sequence[str]) -> None:
        self._boxes = {
            name: ipywidgets.Checkbox(
                value=name in given, description=text, indent=False, layout=_WIDE
            )
            for name, text in question.choices.items()
        }
        self.widgets = list(self._boxes.values())

    def given(self) -> tuple[str, ...]:
        return tuple(name for name, box in self._boxes.items() if box.value)


class _Field(Input):
    def __init__(self, question: Question, given: Sequence[str]) -> None:
        # Not a number field: that takes a decimal comma or a point, as the browser likes.
        label = say("Your answer in {unit}", unit=question.unit) if question.unit else ""
        self._field = ipywidgets.Text(
            value=given[0] if given else "",
            description=label or say("Your answer"),
            style={"description_width": "initial"},
        )
        self.widgets = [self._field]

    def given(self) -> tuple[str, ...]:
        typed = self._field.value.strip()
        return (typed,) if typed else ()


class _Places(Input):
    def __init__(self, question: Question, given: Sequence[str]) -> None:
        options = [("—", ""), *((text, name) for name, text in question.choices.items())]
        count = len(question.choices)
        values = [*given, *[""] * count][:count]
        self._lists = [
            ipywidgets.Dropdown(
                options=options,
                value=value if value in question.choices else "",
                description=say("Place {number}", number=number),
                style={"description_width": "initial"},
                layout=_WIDE,
            )
            for number, value in enumerate(values, start=1)
        ]
        self.widgets = [*self._lists]

    def given(self) -> tuple[str, ...]:
        chosen = tuple(one.value for one in self._lists)
        return chosen if any(chosen) else ()


def input_for(question: Question, given: Sequence[str]) -> Input:
    """Return the way to answer a question, with what was answered already put in."""
    kinds: dict[Kind, type[_Radio | _Boxes | _Field | _Places]] = {
        Kind.SINGLE: _Radio,
        Kind.MULTIPLE: _Boxes,
        Kind.NUMERIC: _Field,
        Kind.ORDERING: _Places,
    }
    return kinds[question.kind](question, given)
