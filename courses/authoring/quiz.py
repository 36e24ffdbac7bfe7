"""The quizzes that a text cell may ask, with their answers. Models only."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, RootModel, StrictFloat, StrictInt, model_validator

from courses.authoring.rules import BrokenRule, Section, first_double, shown
from courses.authoring.text import Paragraph
from spawners.machine import Slug


def _a_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BrokenRule(f"{shown(value)} is no number", "Write a number, without quotes.")
    return value


Number = Annotated[StrictInt | StrictFloat, BeforeValidator(_a_number)]


class Choice(Section):
    """One answer that a trainee may pick."""

    id: Slug
    """Its name in `answer`."""
    text: Paragraph
    """What the trainee reads, in Markdown."""
    feedback: Paragraph | None = None
    """What they read once they have picked it."""


class _Choices(Section):
    choices: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=20)]
    """What there is to pick from, in the order that is shown."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        if (at := first_double([one.id for one in self.choices])) is not None:
            raise BrokenRule(
                f"two choices have the id {self.choices[at].id}",
                "Give each its own.",
                key=("choices", at, "id"),
            )
        return self

    def _require(self, *answers: str) -> None:
        known = [one.id for one in self.choices]
        for one in answers:
            if one not in known:
                raise BrokenRule(
                    f"no choice has the id {shown(one)}",
                    f"Use one of: {', '.join(known)}.",
                    key=("answer",),
                )


class SingleChoice(_Choices):
    """One of the choices is right."""

    kind: Literal["single"]
    """Which quiz it is."""
    answer: Slug
    """The id of the right choice."""

    @model_validator(mode="after")
    def _answer_is_a_choice(self) -> Self:
        self._require(self.answer)
        return self


class MultipleChoice(_Choices):
    """Some of the choices are right."""

    kind: Literal["multiple"]
    """Which quiz it is."""
    answer: Annotated[tuple[Slug, ...], Field(min_length=1)]
    """The ids of all right choices."""

    @model_validator(mode="after")
    def _answers_are_choices(self) -> Self:
        self._require(*self.answer)
        if first_double(self.answer) is not None:
            raise BrokenRule("an id is there twice", "Name each once.", key=("answer",))
        return self


class Ordering(_Choices):
    """The choices are to be put in order."""

    kind: Literal["ordering"]
    """Which quiz it is."""
    answer: tuple[Slug, ...]
    """The ids of all choices, in the right order."""

    @model_validator(mode="after")
    def _answer_is_another_order(self) -> Self:
        self._require(*self.answer)
        listed = tuple(one.id for one in self.choices)
        if sorted(self.answer) != sorted(listed):
            raise BrokenRule(
                "it does not name every choice once",
                "Name each, in the right order.",
                key=("answer",),
            )
        if self.answer == listed:
            raise BrokenRule(
                "the choices are in the right order already, and that is how they are shown",
                "List them in another order.",
                key=("choices",),
            )
        return self


class Feedback(Section):
    """What a trainee reads after a number."""

    right: Paragraph | None = None
    """Where it is right."""
    wrong: Paragraph | None = None
    """Where it is not."""


class Numeric(Section):
    """A number is to be found."""

    kind: Literal["numeric"]
    """Which quiz it is."""
    answer: Number
    """The right number."""
    tolerance: Annotated[Number, Field(ge=0)] = 0
    """How far from it still counts as right."""
    unit: Annotated[str, Field(max_length=40)] = ""
    """What stands behind the number, such as `GiB`."""
    feedback: Feedback = Feedback()
    """What the trainee reads after an answer."""


class Quiz(RootModel[SingleChoice | MultipleChoice | Numeric | Ordering]):
    """A question; its words are the cell's own text."""

    root: Annotated[SingleChoice | MultipleChoice | Numeric | Ordering, Field(discriminator="kind")]
