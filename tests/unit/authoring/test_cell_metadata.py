"""Hints and quizzes in cell metadata: what is wrong with them, and what a trainee gets of them."""

import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from courses.authoring.cell_metadata import hidden_answers
from courses.authoring.metadata_check import check_metadata
from courses.authoring.source import parse
from courses.learn.hashed_answer import is_right
from spawners.errors import InvalidInput

CHOICES = [
    {"id": "a", "text": "The CPU", "feedback": "Not here."},
    {"id": "b", "text": "The GPU"},
    {"id": "c", "text": "The disk"},
]
SINGLE = {"kind": "single", "choices": CHOICES, "answer": "b"}
MULTIPLE = {"kind": "multiple", "choices": CHOICES, "answer": ["a", "c"]}
ORDERING = {"kind": "ordering", "choices": CHOICES, "answer": ["c", "a", "b"]}
NUMERIC = {"kind": "numeric", "answer": 0.3, "tolerance": 0.1, "feedback": {"right": "Yes."}}
EXERCISE = 'from courses.learn import exercise\nexercise("one", lambda: 1)'
QUIZZES = (SINGLE, MULTIPLE, ORDERING, NUMERIC)


def source(ours, make=new_markdown_cell):
    cells = [new_markdown_cell("# Title", id="title")]
    cells.append(make("Which?", id="asks", metadata={"onboard": ours}))
    cells.append(new_code_cell(EXERCISE, id="exercise"))
    return parse(nbformat.writes(new_notebook(cells=cells)), "one.ipynb")


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz["kind"])
def test_sound_metadata_has_no_mistakes(quiz):
    assert check_metadata(source({"quiz": quiz, "hints": ["Think.", "Look."]})) == ()


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ([], "onboard: a list: it must be a table."),
        ({"hint": ["x"]}, "onboard.hint: there is no such key. Did you mean hints?"),
        ({"hints": "x"}, "onboard.hints: 'x': it must be a list."),
        ({"hints": ["x", ""]}, "onboard.hints[2]: '' is empty. Write something."),
        ({"quiz": {}}, "onboard.quiz: the key `kind` is missing. Use one of:"),
        ({"quiz": {"kind": "essay"}}, "onboard.quiz: there is no such kind. Use one of: 'single'"),
        ({"quiz": {**SINGLE, "answer": "d"}}, "onboard.quiz.answer: no choice has the id 'd'. Use"),
        ({"quiz": {**SINGLE, "answer": 1}}, "onboard.quiz.answer: 1: it must be a text."),
        ({"quiz": {"kind": "single", "choices": CHOICES}}, "onboard.quiz.answer: the key is miss"),
        (
            {"quiz": {**SINGLE, "choices": CHOICES[1:2]}},
            "onboard.quiz.choices: a list is too short",
        ),
        ({"quiz": {**SINGLE, "choices": CHOICES * 2}}, "choices[a].id: two choices have the id a."),
        ({"quiz": {**SINGLE, "tolerance": 1}}, "onboard.quiz.tolerance: there is no such key."),
        ({"quiz": {**MULTIPLE, "answer": []}}, "onboard.quiz.answer: a list is too short."),
        ({"quiz": {**MULTIPLE, "answer": ["a", "a"]}}, "onboard.quiz.answer: an id is there twice"),
        ({"quiz": {**ORDERING, "answer": ["a"]}}, "onboard.quiz.answer: it does not name every"),
        (
            {"quiz": {**ORDERING, "answer": ["a", "b", "c"]}},
            "choices: the choices are in the right",
        ),
        ({"quiz": {**NUMERIC, "answer": "3"}}, "onboard.quiz.answer: '3' is no number. Write a"),
        ({"quiz": {**NUMERIC, "answer": float("nan")}}, "onboard.quiz.answer: nan is no number."),
        ({"quiz": {**NUMERIC, "tolerance": -1}}, "onboard.quiz.tolerance: -1 is too small."),
        ({"quiz": hidden_answers({"onboard": {"quiz": SINGLE}})["onboard"]["quiz"]}, "answer_hash"),
    ],
)
def test_a_mistake_names_notebook_cell_and_key_with_its_fix(ours, said):
    problems = [str(one) for one in check_metadata(source(ours))]

    assert all(one.startswith("one.ipynb:") and "cell asks: onboard" in one for one in problems)
    assert said in "\n".join(problems)


def test_a_quiz_in_a_code_cell_is_refused_and_hints_are_not():
    assert check_metadata(source({"hints": ["x"]}, new_code_cell)) == ()
    (problem,) = check_metadata(source({"quiz": SINGLE}, new_code_cell))
    assert "a quiz stands in a text cell" in str(problem)


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz["kind"])
def test_a_hidden_quiz_has_all_but_its_answer(quiz):
    metadata = {"tags": ["x"], "onboard": {"hints": ["Look."], "quiz": quiz}}

    hidden = hidden_answers(metadata)

    assert hidden["tags"] == ["x"]
    assert hidden["onboard"]["hints"] == ["Look."]
    secret = hidden["onboard"]["quiz"].pop("answer_hash")
    assert {**hidden["onboard"]["quiz"], "answer": quiz["answer"]} == quiz
    assert set(secret) <= {"salt", "sha256", "start", "width"}
    assert "answer" in metadata["onboard"]["quiz"]


def test_hiding_is_the_same_each_time_and_once_is_enough():
    once = hidden_answers({"onboard": {"quiz": SINGLE}})
    assert once == hidden_answers({"onboard": {"quiz": SINGLE}})
    assert hidden_answers(once) == once


def test_two_quizzes_with_the_same_answer_have_different_hashes():
    other = {**SINGLE, "choices": CHOICES[:2]}
    one, two = (hidden_answers({"onboard": {"quiz": quiz}}) for quiz in (SINGLE, other))
    assert one["onboard"]["quiz"]["answer_hash"]["sha256"] not in json.dumps(two)


def test_a_quiz_that_is_not_valid_is_not_let_through():
    with pytest.raises(InvalidInput, match=r"onboard\.quiz\.answer: no choice"):
        hidden_answers({"onboard": {"quiz": {**SINGLE, "answer": "d"}}})


@pytest.mark.parametrize("metadata", [{}, {"onboard": {"hints": ["x"]}}, {"onboard": 3}])
def test_metadata_without_a_quiz_stays(metadata):
    assert hidden_answers(metadata) == metadata


@pytest.mark.parametrize(
    ("quiz", "right", "wrong"),
    [
        (SINGLE, ["b"], ["a", "c", "", 2, None, ["b"]]),
        (MULTIPLE, [["a", "c"], ["c", "a"]], [["a"], ["a", "b", "c"], [], "a", None, [1]]),
        (ORDERING, [["c", "a", "b"]], [["a", "b", "c"], ["c"], None]),
        (NUMERIC, [0.2, 0.3, 0.4, 0.25], [0.19, 0.41, 0, -0.3, "0.3", None, True, float("inf")]),
        ({"kind": "numeric", "answer": 128}, [128, 128.0], [127, 128.001, 1e308]),
    ],
)
def test_a_hidden_answer_is_recognised(quiz, right, wrong):
    hidden = hidden_answers({"onboard": {"quiz": quiz}})["onboard"]["quiz"]

    assert [is_right(hidden, one) for one in right] == [True] * len(right)
    assert [is_right(hidden, one) for one in wrong] == [False] * len(wrong)


@given(
    answer=st.integers(-(10**6), 10**6),
    tolerance=st.integers(1, 1000),
    off=st.integers(-3000, 3000),
)
def test_a_number_is_right_exactly_within_the_tolerance(answer, tolerance, off):
    quiz = {"kind": "numeric", "answer": answer, "tolerance": tolerance}
    hidden = hidden_answers({"onboard": {"quiz": quiz}})["onboard"]["quiz"]

    assert is_right(hidden, answer + off) == (abs(off) <= tolerance)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["quiz", "hints", "kind", "choices", "answer", "id", "text", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=10,
)


@given(ours=JSON, kind=st.sampled_from(QUIZZES), key=st.sampled_from(["choices", "answer", "kind"]))
def test_any_metadata_is_sound_or_has_mistakes_and_never_keeps_an_answer(ours, kind, key):
    for metadata in ({"onboard": ours}, {"onboard": {"quiz": {**kind, key: ours}}}):
        try:
            hidden = hidden_answers(metadata)
        except InvalidInput:
            continue
        quiz = hidden["onboard"].get("quiz") if isinstance(hidden["onboard"], dict) else None
        assert not isinstance(quiz, dict) or "answer" not in quiz
