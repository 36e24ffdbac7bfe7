"""A quiz's question and how an answer to it is marked. Pure.

An answer is a tuple of texts: ids of choices, or one number as it was typed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from courses.learn.checks.base import State
from courses.learn.words import say

_NUMBER = re.compile(r"([+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3})?)")


class Kind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    ORDERING = "ordering"


@dataclass(frozen=True)
class Question:
    """One question. Raises ValueError for one that nobody could answer rightly."""

    id: str
    text: str
    kind: Kind
    answer: tuple[str, ...] | float
    """Ids of choices, in order for an ordering; a number for a numeric one."""
    choices: Mapping[str, str] = field(default_factory=dict)
    feedback: Mapping[str, str] = field(default_factory=dict)
    """By choice; for a number by "right" and "wrong"."""
    tolerance: float = 0.0
    unit: str = ""

    def __post_init__(self) -> None:
        if fault := _fault(self):
            raise ValueError(f"quiz {self.id}: {fault}")


@dataclass(frozen=True)
class Marked:
    """What an answer was worth, and what is said to it."""

    state: State
    text: str = ""
    feedback: tuple[tuple[str, str], ...] = ()
    """(choice, what is said to it), in the order of the choices."""

    @property
    def message(self) -> str:
        """What is said first of a wrong answer; empty for any other."""
        said = [self.text, *(words for _, words in self.feedback)]
        return next(filter(None, said), "") if self.state is State.WRONG else ""


def mark(question: Question, given: Sequence[str]) -> Marked:
    """Mark an answer; an incomplete one is not attempted, and told what it lacks."""
    if not given:
        return Marked(State.NOT_ATTEMPTED)
    if isinstance(question.answer, float):
        return _mark_number(question, given[0], question.answer)
    unknown = [one for one in given if one not in question.choices]
    if unknown:
        text = say("There is no choice {name}.", name=unknown[0])
        return Marked(State.NOT_ATTEMPTED, text)
    if question.kind is Kind.ORDERING:
        return _mark_order(question, tuple(given), question.answer)
    return _mark_choices(question, given, question.answer)


def _mark_choices(question: Question, given: Sequence[str], answer: tuple[str, ...]) -> Marked:
    if question.kind is Kind.SINGLE and len(given) > 1:
        return Marked(State.NOT_ATTEMPTED, say("Choose one."))
    chosen = set(given)
    if chosen == set(answer):
        return Marked(State.RIGHT, feedback=_feedback(question, chosen))
    text = ""
    if question.kind is Kind.MULTIPLE:
        text = (
            say("Not all that you chose is right.")
            if chosen - set(answer)
            else say("What you chose is right, but there is more.")
        )
    return Marked(State.WRONG, text, _feedback(question, chosen))


def _mark_order(question: Question, given: tuple[str, ...], answer: tuple[str, ...]) -> Marked:
    if sorted(given) != sorted(answer):
        return Marked(State.NOT_ATTEMPTED, say("Give each one a place of its own."))
    if given == answer:
        return Marked(State.RIGHT, feedback=_feedback(question, set(given)))
    placed = sum(mine == right for mine, right in zip(given, answer, strict=True))
    text = say("In their place: {count} of {all}.", count=placed, all=len(answer))
    return Marked(State.WRONG, text, _feedback(question, set(given)))


def _mark_number(question: Question, typed: str, answer: float) -> Marked:
    number = parse_number(typed, question.unit)
    if number is None:
        return Marked(State.NOT_ATTEMPTED, say("Write one number, such as 2.5."))
    # As if in the decimals that people write: 0.3 is within 0.1 of 0.2.
    is_right = abs(number - answer) <= question.tolerance * (1 + 1e-12) + abs(answer) * 1e-12
    state = State.RIGHT if is_right else State.WRONG
    return Marked(state, question.feedback.get(state.value, ""))


def parse_number(typed: str, unit: str = "") -> float | None:
    """Read a number as people type it: a decimal comma, spaces, the unit after it. Or None."""
    text = typed.strip()
    text = text.removesuffix(unit) if unit else text
    found = _NUMBER.fullmatch(re.sub(r"\s", "", text))
    number = float(found.group(1).replace(",", ".")) if found else math.inf
    return number if math.isfinite(number) else None


def _feedback(question: Question, chosen: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (text, question.feedback[name])
        for name, text in question.choices.items()
        if name in chosen and question.feedback.get(name)
    )


def _fault(question: Question) -> str:
    if question.kind is Kind.NUMERIC:
        return _fault_of_number(question)
    if not isinstance(question.answer, tuple):
        return "answer= names choices"
    if len(question.choices) < 2:
        return "give it at least two choices"
    unknown = [one for one in (*question.answer, *question.feedback) if one not in question.choices]
    if unknown:
        return f"{unknown[0]!r} is none of its choices"
    if len(set(question.answer)) != len(question.answer) or not question.answer:
        return "answer= names each right choice once"
    if question.kind is Kind.SINGLE and len(question.answer) != 1:
        return "a single choice has one right answer"
    if question.kind is Kind.ORDERING and len(question.answer) != len(question.choices):
        return "answer= of an ordering names all choices"
    return ""


def _fault_of_number(question: Question) -> str:
    if not isinstance(question.answer, float) or not math.isfinite(question.answer):
        return "answer= is a number"
    if question.choices:
        return "a number has no choices"
    if not (question.tolerance >= 0 and math.isfinite(question.tolerance)):
        return "tolerance= is a number from 0"
    unknown = set(question.feedback) - {State.RIGHT.value, State.WRONG.value}
    return 'feedback= has "right" and "wrong"' if unknown else ""
