"""Quizzes: four kinds, as widgets and as text, with the same words."""

import ipywidgets
import pytest

from courses.learn import answer, quiz
from courses.learn.outbox import read
from courses.learn.question import Kind, Question, mark, parse_number
from courses.learn.quiz import STATE, Quiz

CHOICES = {"down": "It rounds down.", "twice": "It divides twice.", "up": "It rounds up."}
SINGLE = Question(
    "slash", "What does // do?", Kind.SINGLE, ("down",), CHOICES, {"twice": "Only once."}
)
MULTIPLE = Question("both", "Which are false?", Kind.MULTIPLE, ("twice", "up"), CHOICES)
NUMERIC = Question(
    "size", "How much?", Kind.NUMERIC, 2.5, feedback={"wrong": "Divide."}, tolerance=0.1, unit="GiB"
)
ORDERING = Question("order", "In which order?", Kind.ORDERING, ("twice", "up", "down"), CHOICES)


@pytest.mark.parametrize(
    ("question", "given", "state", "words"),
    [
        (SINGLE, ["down"], "right", ""),
        (SINGLE, ["twice"], "wrong", ""),
        (SINGLE, [], "not attempted", ""),
        (SINGLE, ["down", "up"], "not attempted", "Choose one."),
        (SINGLE, ["left"], "not attempted", "There is no choice left."),
        (MULTIPLE, ["up", "twice"], "right", ""),
        (MULTIPLE, ["up"], "wrong", "What you chose is right, but there is more."),
        (MULTIPLE, ["up", "twice", "down"], "wrong", "Not all that you chose is right."),
        (NUMERIC, ["2.5"], "right", ""),
        (NUMERIC, ["2,6 GiB"], "right", ""),
        (NUMERIC, ["2.61"], "wrong", "Divide."),
        (NUMERIC, ["much"], "not attempted", "Write one number, such as 2.5."),
        (ORDERING, ["twice", "up", "down"], "right", ""),
        (ORDERING, ["twice", "down", "up"], "wrong", "In their place: 1 of 3."),
        (ORDERING, ["twice", "", "up"], "not attempted", ""),
        (ORDERING, ["twice", "up", "up"], "not attempted", "Give each one a place of its own."),
    ],
)
def test_an_answer_is_marked(question, given, state, words):
    marked = mark(question, given)

    assert marked.state == state
    assert words in marked.text


def test_each_choice_has_its_own_feedback():
    assert mark(SINGLE, ["twice"]).feedback == (("It divides twice.", "Only once."),)
    assert mark(SINGLE, ["down"]).feedback == ()


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2.5", 2.5),
        (" 2,5 ", 2.5),
        ("-1e3", -1000),
        ("1 500", 1500),
        ("1\u202f500", 1500),
        ("3 GiB", 3),
        ("", None),
        ("1e999", None),
        ("nan", None),
        ("1_000", None),
        ("1,2,3", None),
        ("__import__('os')", None),
    ],
)
def test_a_number_is_read_as_people_type_it(typed, number):
    assert parse_number(typed, "GiB") == number


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "guess"}, "none of single"),
        ({"answer": "left"}, "'left' is none of its choices"),
        ({"feedback": {"left": "x"}}, "'left' is none of its choices"),
        ({"choices": {"down": "x"}}, "at least two choices"),
        ({"answer": ["down", "up"]}, "one right answer"),
        ({"answer": []}, "names each right choice once"),
        ({"answer": 2}, "names choices"),
        ({"kind": "ordering"}, "names all choices"),
        ({"kind": "numeric"}, "is a number"),
        ({"kind": "numeric", "answer": 2}, "has no choices"),
        ({"kind": "numeric", "answer": 2, "choices": {}, "tolerance": -1}, "from 0"),
        ({"kind": "numeric", "answer": 2, "choices": {}, "feedback": {"x": "y"}}, '"wrong"'),
        ({"kind": "numeric", "answer": float("nan"), "choices": {}}, "is a number"),
    ],
)
def test_a_question_that_nobody_could_answer_is_the_authors_mistake(wrong, said):
    call = {"question": "?", "choices": CHOICES, "answer": "down"} | wrong
    with pytest.raises(ValueError, match=said):
        quiz("slash", **call)


def test_a_malformed_id_is_the_authors_mistake():
    with pytest.raises(ValueError, match="quiz id"):
        quiz("Two Words", question="?", choices=CHOICES, answer="down")


# -- as text


def ask():
    quiz(
        "slash",
        question="What does // do?",
        choices=CHOICES,
        answer="down",
        feedback={"twice": "Only once."},
    )


def test_without_a_front_end_a_question_is_read_and_answered_as_text(shown):
    assert shown(ask).splitlines() == [
        "Question: What does // do?",
        "Choose one.",
        "  down: It rounds down.",
        "  twice: It divides twice.",
        "  up: It rounds up.",
        'To answer: answer("slash", "down")',
        "Not attempted yet.",
    ]
    assert shown(answer, "slash", "twice").splitlines()[-3:] == [
        "Your answer: twice",
        "Wrong.",
        "  It divides twice.: Only once.",
    ]
    assert shown(answer, "slash", "down").splitlines()[-1] == "Right."
    assert "run its cell first" in shown(answer, "never-asked", "x")


def test_a_number_is_answered_as_a_number(shown):
    shown(quiz, "size", question="?", kind="numeric", answer=2, unit="GiB")

    assert "Right." in shown(answer, "size", 2)


@pytest.mark.parametrize(("language", "word"), [("fr", "Question\u00a0:"), ("de", "Frage:")])
def test_a_quiz_speaks_the_language_of_the_lesson(shown, monkeypatch, language, word):
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)

    assert shown(ask).startswith(word)


# -- as a widget


def parts(question):
    """Return the widget of a quiz: what answers it, its button, its result."""
    box = Quiz(question).widget()
    _, *inputs, button, result = box.children
    return box, inputs, button, result


def test_a_single_choice_is_radio_buttons_with_labels():
    box, (radio,), button, result = parts(SINGLE)
    assert isinstance(radio, ipywidgets.RadioButtons)
    assert radio.value is None

    radio.value = "twice"
    button.click()

    assert "Wrong" in result.value
    assert "Only once." in result.value
    assert {"onboard-quiz", "onboard-wrong"} <= set(box._dom_classes)
    assert "onboard-not-attempted" not in box._dom_classes


def test_a_multiple_choice_is_boxes_to_tick():
    _, boxes, button, result = parts(MULTIPLE)
    assert [one.description for one in boxes] == list(CHOICES.values())

    boxes[1].value = boxes[2].value = True
    button.click()

    assert "Right" in result.value


def test_a_number_is_typed_into_a_field_with_a_label():
    _, (field,), button, result = parts(NUMERIC)
    assert field.description == "Your answer in GiB"

    field.value = "2,5"
    button.click()

    assert "Right" in result.value


def test_an_order_is_chosen_place_by_place():
    _, places, button, result = parts(ORDERING)
    assert [one.description for one in places] == ["Place 1", "Place 2", "Place 3"]

    for place, value in zip(places, ORDERING.answer, strict=True):
        place.value = value
    button.click()

    assert "Right" in result.value


def test_the_result_is_announced_and_everything_escaped():
    hostile = Question("x", "<b>?", Kind.SINGLE, ("a",), {"a": "<i>", "b": "&"}, {"a": "<u>"})
    box, (radio,), button, result = parts(hostile)
    radio.value = "a"
    button.click()

    assert 'aria-live="polite"' in result.value
    assert "<u>" not in result.value
    assert "<b>" not in box.children[0].value


def test_two_displays_differ_in_nothing_that_is_compared():
    first, second = (Quiz(SINGLE)._repr_mimebundle_() for _ in range(2))

    first.pop("application/vnd.jupyter.widget-view+json")
    second.pop("application/vnd.jupyter.widget-view+json")
    assert first == second
    assert first[STATE] == {"id": "slash", "kind": "single", "state": "not attempted"}


# -- in a workspace


@pytest.mark.parametrize(
    ("question", "given"),
    [
        (SINGLE, ("twice",)),
        (MULTIPLE, ("up",)),
        (NUMERIC, ("7",)),
        (ORDERING, ("up", "down", "twice")),
    ],
)
def test_a_new_kernel_shows_the_last_answer_and_what_it_was_worth(
    course, kernel_restarts, question, given
):
    before = Quiz(question)
    before.answer(given)
    kernel_restarts()

    after = Quiz(question)

    assert repr(after) == repr(before)
    _, inputs, button, result = parts(question)
    assert "Wrong" in result.value
    button.click()  # what was put in is still there
    assert "Wrong" in result.value
    assert inputs


def test_an_answer_becomes_an_event(course, outbox, shown):
    shown(ask)
    shown(answer, "slash", "nowhere")
    shown(answer, "slash", "twice")

    (event,) = read(outbox)[0]

    assert (event.kind, event.exercise, event.state) == ("quiz-answered", "slash", "wrong")
    assert event.detail == {
        "kind": "single",
        "attempts": 1,
        "answer": "twice",
        "message": "Only once.",
    }


def test_outside_of_a_workspace_each_display_begins_anew(shown):
    shown(ask)
    shown(answer, "slash", "down")

    assert "Not attempted yet." in shown(ask)
