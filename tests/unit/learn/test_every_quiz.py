"""Every kind of quiz: right, wrong, not attempted, crashing; in each language, readable and hashed.

The table has a row for each kind; one that has no row is a failure here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from told import Hostile, Said, told

from courses.learn import answer, quiz
from courses.learn.hashed_answer import HIDDEN, hidden
from courses.learn.question import Kind
from courses.learn.words import LANGUAGES

NO_CHOICE = "There is no choice {name}."


@pytest.fixture(params=LANGUAGES)
def language(request, monkeypatch):
    monkeypatch.setenv("ONBOARD_LANGUAGE", request.param)
    return request.param


@dataclass(frozen=True)
class Asked:
    """A quiz with its answers; `told` is said to the wrong one, and `hint` to an incomplete one."""

    call: dict[str, Any]
    right: tuple[Any, ...]
    wrong: tuple[Any, ...]
    told: tuple[Said | str, ...]
    incomplete: tuple[Any, ...]
    lacks: Said
    hashed: tuple[Said | str, ...] | None = None
    """What is said to the wrong answer where only a hash of the right one is there."""


CHOICES = {"down": "Down", "up": "Up", "twice": "Twice"}
QUIZZES = {
    "single": Asked(
        {"choices": CHOICES, "answer": "down", "feedback": {"up": "No."}},
        right=("down",),
        wrong=("up",),
        told=("\n  Up: No.",),
        incomplete=("down", "up"),
        lacks=("Choose one.", {}),
    ),
    "multiple": Asked(
        {"choices": CHOICES, "answer": ["up", "down"]},
        right=("up", "down"),
        wrong=("up", "twice"),
        told=(("Not all that you chose is right.", {}),),
        hashed=(("Either not all that you chose is right, or there is more.", {}),),
        incomplete=("left",),
        lacks=(NO_CHOICE, {"name": "left"}),
    ),
    "ordering": Asked(
        {"choices": CHOICES, "answer": ["up", "twice", "down"]},
        right=("up", "twice", "down"),
        wrong=("up", "down", "twice"),
        told=(("In their place: {count} of {all}.", {"count": 1, "all": 3}),),
        hashed=(("It is another order.", {}),),
        incomplete=("up", "up", "down"),
        lacks=("Give each one a place of its own.", {}),
    ),
    "numeric": Asked(
        {"answer": 2.5, "tolerance": 0.1, "feedback": {"wrong": "Divide."}},
        right=("2,6",),
        wrong=(2.7,),
        told=("Divide.",),
        incomplete=("1e999",),
        lacks=("Write one number, such as 2.5.", {}),
    ),
}


def test_every_kind_of_quiz_has_a_row():
    assert set(QUIZZES) == set(Kind)


@pytest.fixture(params=["readable", "hashed"])
def is_hashed(request):
    return request.param == "hashed"


@pytest.fixture(params=QUIZZES)
def asked(request, is_hashed, shown, language):
    call = dict(QUIZZES[request.param].call)
    if is_hashed:
        secret = hidden({**call, "kind": request.param})[HIDDEN]
        call = {key: one for key, one in call.items() if key not in ("answer", "tolerance")}
        call["answer_hash"] = secret
    shown(quiz, "one", question="?", kind=request.param, **call)
    return QUIZZES[request.param]


@pytest.fixture
def result(shown, language):
    """Answer the quiz, and return the end of what is read after it."""

    def result(*given: Any) -> str:
        said = shown(answer, "one", *given)
        return said.partition(f"{_first_line(language, given)}\n")[2].strip()

    return result


def _first_line(language: str, given: tuple[Any, ...]) -> str:
    texts = [str(one) for one in given if not isinstance(one, Hostile)]
    name = "Hostile instance" if len(texts) < len(given) else ""
    return told(language, ("Your answer: {answer}", {"answer": ", ".join(texts) or f"<{name}>"}))


def _state(language: str, word: str) -> str:
    return told(language, (word, {})) + "."


def test_the_right_answer_to_a_quiz(asked, result, language):
    assert result(*asked.right) == _state(language, "Right")


def test_a_wrong_answer_to_a_quiz(asked, result, language, is_hashed):
    said = asked.hashed if is_hashed and asked.hashed else asked.told
    expected = f"{_state(language, 'Wrong')} {told(language, *said)}"
    assert result(*asked.wrong) == expected.replace(" \n", "\n")


def test_an_answer_to_a_quiz_that_lacks_something(asked, result, language):
    expected = f"{_state(language, 'Not attempted yet')} {told(language, asked.lacks)}"
    assert result(*asked.incomplete) == expected


def test_no_answer_to_a_quiz(asked, shown, language):
    assert shown(answer, "one").splitlines()[-1] == _state(language, "Not attempted yet")


def test_an_object_that_raises_is_no_answer_to_a_quiz(asked, result, language):
    name = "<Hostile instance>"
    lacks = asked.lacks if "number" in asked.lacks[0] else (NO_CHOICE, {"name": name})
    expected = f"{_state(language, 'Not attempted yet')} {told(language, lacks)}"
    assert result(Hostile()) == expected
