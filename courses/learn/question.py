"""A quiz's question and how an answer to it is marked. Pure.

An answer is a tuple of texts: ids of choices, or one number as it was typed. The right one may be
there as a hash: then it is told whether an answer is it, and not how near it comes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from courses.learn import hashed_answer
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
class Hashed:
    """A right answer that can be recognised and not be read (`courses.learn.hashed_answer`)."""

    secret: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """One question. Raises ValueError for one that nobody could answer rightly."""

    id: str
    text: str
    kind: Kind
    answer: tuple[str, ...] | float | Hashed
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
    if question.kind is Kind.NUMERIC:
        return _mark_number(question, given[0])
    unknown = [one for one in given if one not in question.choices]
    if unknown:
        text = say("There is no choice {name}.", name=unknown[0])
        return Marked(State.NOT_ATTEMPTED, text)
    if question.kind is Kind.ORDERING:
        return _mark_order(question, given)
    return _mark_choices(question, given)


def _mark_choices(question: Question, given: Sequence[str]) -> Marked:
    if question.kind is Kind.SINGLE and len(given) > 1:
        return Marked(State.NOT_ATTEMPTED, say("Choose one."))
    feedback = _feedback(question, set(given))
    if _is_right(question, given):
        return Marked(State.RIGHT, feedback=feedback)
    text = _what_is_amiss(question, set(given)) if question.kind is Kind.MULTIPLE else ""
    return Marked(State.WRONG, text, feedback)


def _what_is_amiss(question: Question, chosen: set[str]) -> str:
    if not isinstance(question.answer, tuple):
        return say("Either not all that you chose is right, or there is more.")
    if chosen - set(question.answer):
        return say("Not all that you chose is right.")
    return say("What you chose is right, but there is more.")


def _mark_order(question: Question, given: Sequence[str]) -> Marked:
    if sorted(given) != sorted(question.choices):
        return Marked(State.NOT_ATTEMPTED, say("Give each one a place of its own."))
    feedback = _feedback(question, set(given))
    if _is_right(question, given):
        return Marked(State.RIGHT, feedback=feedback)
    if not isinstance(question.answer, tuple):
        return Marked(State.WRONG, say("It is another order."), feedback)
    placed = sum(mine == right for mine, right in zip(given, question.answer, strict=True))
    text = say("In their place: {count} of {all}.", count=placed, all=len(given))
    return Marked(State.WRONG, text, feedback)


def _mark_number(question: Question, typed: str) -> Marked:
    number = parse_number(typed, question.unit)
    if number is None:
        return Marked(State.NOT_ATTEMPTED, say("Write one number, such as 2.5."))
    state = State.RIGHT if _is_right_number(question, number) else State.WRONG
    return Marked(state, question.feedback.get(state.value, ""))


def _is_right(question: Question, given: Sequence[str]) -> bool:
    if isinstance(question.answer, Hashed):
        one = question.kind is Kind.SINGLE
        answer = given[0] if one else list(dict.fromkeys(given))
        return _is_hashed(question.kind, question.answer, answer)
    if not isinstance(question.answer, tuple):
        return False
    if question.kind is Kind.ORDERING:
        return tuple(given) == question.answer
    return set(given) == set(question.answer)


def _is_right_number(question: Question, number: float) -> bool:
    if not isinstance(question.answer, float):
        return isinstance(question.answer, Hashed) and _is_hashed(
            question.kind, question.answer, number
        )
    # As if in the decimals that people write: 0.3 is within 0.1 of 0.2.
    slack = question.tolerance * 1e-12 + abs(question.answer) * 1e-12
    return abs(number - question.answer) <= question.tolerance + slack


def _is_hashed(kind: Kind, answer: Hashed, given: object) -> bool:
    return hashed_answer.is_right({"kind": kind.value, hashed_answer.HIDDEN: answer.secret}, given)


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
    return _fault_of_answer(question) or _fault_of_rest(question)


def _fault_of_answer(question: Question) -> str:
    answer, kind = question.answer, question.kind
    if isinstance(answer, Hashed):
        wrong = hashed_answer.fault(kind.value, answer.secret)
        return f"answer_hash= is not whole: {wrong}" if wrong else ""
    if kind is Kind.NUMERIC:
        is_number = isinstance(answer, float) and math.isfinite(answer)
        return "" if is_number else "answer= is a number"
    return _fault_of_ids(question, answer) if isinstance(answer, tuple) else "answer= names choices"


def _fault_of_ids(question: Question, answer: tuple[str, ...]) -> str:
    unknown = [one for one in answer if one not in question.choices]
    if unknown and len(question.choices) > 1:
        return f"{unknown[0]!r} is none of its choices"
    if len(set(answer)) != len(answer) or not answer:
        return "answer= names each right choice once"
    if question.kind is Kind.SINGLE and len(answer) != 1:
        return "a single choice has one right answer"
    if question.kind is Kind.ORDERING and len(answer) != len(question.choices):
        return "answer= of an ordering names all choices"
    return ""


def _fault_of_rest(question: Question) -> str:
    is_number = question.kind is Kind.NUMERIC
    if is_number and question.choices:
        return "a number has no choices"
    if not is_number and len(question.choices) < 2:
        return "give it at least two choices"
    if not (question.tolerance >= 0 and math.isfinite(question.tolerance)):
        return "tolerance= is a number from 0"
    known = (State.RIGHT.value, State.WRONG.value) if is_number else question.choices
    unknown = [one for one in question.feedback if one not in known]
    if unknown and is_number:
        return 'feedback= has "right" and "wrong"'
    return f"{unknown[0]!r} is none of its choices" if unknown else ""
