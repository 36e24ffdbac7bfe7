"""Quizzes and hints of a cell's metadata, as a trainee finds them in the notebook."""

import ast

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from courses.authoring.asking import as_trainees_get_it, quiz_id, with_quizzes
from courses.authoring.metadata_check import check_metadata
from courses.authoring.plain_text import plain_text, question_in
from courses.authoring.source import parse
from courses.learn.exercise import is_id

CHOICES = [
    {"id": "down", "text": 'It *rounds* "down".', "feedback": "`3 // 2`"},
    {"id": "twice", "text": "Il divise\u00a0deux fois."},
]
QUIZ = {"kind": "single", "choices": CHOICES, "answer": "down"}
R = {"language": "R", "name": "ir", "display_name": "R"}
IMPORT = "from courses.learn import exercise as judge, NumberCheck"


def text(source="Which?", *, id="which", **ours):  # noqa: A002
    return new_markdown_cell(source, id=id, metadata={"onboard": ours} if ours else {})


def code(source, *, id="code", **ours):  # noqa: A002
    return new_code_cell(source, id=id, metadata={"onboard": ours} if ours else {})


def notebook(*cells, **metadata):
    return new_notebook(cells=list(cells), metadata=metadata)


def problems(*cells, **metadata):
    return [
        str(one)
        for one in check_metadata(parse(nbformat.writes(notebook(*cells, **metadata)), "a.ipynb"))
    ]


def call_in(source):
    """Return the name and the keywords of the last call in a cell."""
    call = ast.parse(source).body[-1].value
    return ast.literal_eval(call.args[0]), {
        one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg != "checks"
    }


# -- quizzes


def test_a_code_cell_after_the_text_asks_its_quiz():
    source = notebook(text("## Slash\n\nWhat does `//` do?", quiz=QUIZ), code("x = 1"))

    made = as_trainees_get_it(source)

    assert [cell.id for cell in made.cells] == ["which", "which-quiz", "code"]
    assert made.cells[0].metadata == {}
    name, asked = call_in(made.cells[1].source)
    secret = asked.pop("answer_hash")
    assert set(secret) == {"salt", "sha256"}
    assert (name, asked) == (
        "which",
        {
            "question": "What does // do?",
            "kind": "single",
            "choices": {"down": 'It rounds "down".', "twice": "Il divise\u00a0deux fois."},
            "feedback": {"down": "3 // 2"},
        },
    )
    nbformat.validate(made)
    assert "quiz" in source.cells[0].metadata["onboard"]


def test_the_cell_is_written_to_be_read():
    (_, cell) = with_quizzes(notebook(text(quiz=QUIZ))).cells

    assert cell.source.splitlines()[:9] == [
        "from courses.learn import quiz",
        "",
        "quiz(",
        '    "which",',
        '    question="Which?",',
        '    kind="single",',
        "    choices={",
        '        "down": "It rounds \\"down\\".",',
        '        "twice": "Il divise\u00a0deux fois.",',
    ]


def test_a_number_is_asked_with_its_unit_and_without_its_tolerance():
    quiz = {"kind": "numeric", "answer": 2.5, "tolerance": 0.1, "unit": "GiB"}
    (_, cell) = with_quizzes(notebook(text(quiz={**quiz, "feedback": {"wrong": "No."}}))).cells

    _, asked = call_in(cell.source)

    assert set(asked.pop("answer_hash")) == {"salt", "sha256", "start", "width"}
    assert asked == {
        "question": "Which?",
        "kind": "numeric",
        "unit": "GiB",
        "feedback": {"wrong": "No."},
    }


@pytest.mark.parametrize("cell_id", ["a-b", "8c1f0e2d", "Two_Words", "-", "x" * 64])
def test_any_id_of_a_cell_gives_lasting_ids_that_are_valid(cell_id):
    source = notebook(text(id="other"))
    source.cells[0].id = cell_id
    source.cells[0].metadata["onboard"] = {"quiz": QUIZ}

    first, second = with_quizzes(source), with_quizzes(source)

    assert is_id(quiz_id(cell_id))
    assert first == second
    assert len(first.cells[1].id) <= 64


def test_two_quizzes_with_one_spelling_are_two():
    assert quiz_id("a_b") != quiz_id("a-b") != quiz_id("A-b")


@pytest.mark.parametrize(
    ("cells", "metadata", "said"),
    [
        ([text(quiz=QUIZ), code("1", id="which-quiz")], {}, "in a cell which-quiz, and there is"),
        ([text("![](a.png)", quiz=QUIZ)], {}, "the cell has no words"),
        ([text(quiz=QUIZ)], {"kernelspec": R}, "only a Python kern"),
    ],
)
def test_a_quiz_that_cannot_be_asked_is_named(cells, metadata, said):
    for cell in cells:
        cell.metadata = nbformat.from_dict(cell.metadata)
    (problem,) = problems(*cells, **metadata)

    assert problem.startswith("a.ipynb:")
    assert "cell which: onboard.quiz: " in problem
    assert said in problem


# -- hints


@pytest.mark.parametrize(
    ("call", "becomes"),
    [
        ('judge("x", f)', 'judge("x", f, hints=["Look."])'),
        ('judge("x", f,)', 'judge("x", f, hints=["Look."])'),
        ('judge("x", f, title=("a" "b"))', 'judge("x", f, title=("a" "b"), hints=["Look."])'),
        ('%time 1\njudge("é", f)  # end', '%time 1\njudge("é", f, hints=["Look."])  # end'),
        (
            'judge(\n    "x",\n    f,  # why\n)',
            'judge(\n    "x",\n    f,\n    hints=["Look."],  # why\n)',
        ),
        ('judge(\n    "x",\n    f\n)', 'judge(\n    "x",\n    f,\n    hints=["Look."],\n)'),
        ('judge("x", f, **more)', 'judge("x", f, **more, hints=["Look."])'),
        (
            'if 1:\n    judge("x", """\n)""")\njudge("y", f)',
            'if 1:\n    judge("x", """\n)""", hints=["Look."])\njudge("y", f)',
        ),
    ],
)
def test_an_exercise_is_called_with_its_hints(call, becomes):
    source = notebook(code(IMPORT, id="import"), code(call, hints=["`Look`."]))

    made = as_trainees_get_it(source)

    assert made.cells[1].source == becomes
    assert made.cells[1].metadata == {}


def test_hints_kept_with_the_task_and_the_solution_belong_to_the_next_exercise():
    source = notebook(
        code(IMPORT, id="import"),
        text("The task", id="task", hints=["One."]),
        code("x = 1", id="do", hints=["Two."]),
        code('judge("x", f)', id="first", hints=["Three."]),
        code('judge("y", f)', id="second"),
    )

    *_, first, second = as_trainees_get_it(source).cells

    assert first.source == 'judge("x", f, hints=["One.", "Two.", "Three."])'
    assert second.source == 'judge("y", f)'


def test_hints_that_nobody_would_see_are_named():
    after = problems(code(IMPORT, id="import"), code("x = 1", hints=["One."]))
    twice = problems(
        code(IMPORT, id="import"),
        code("x = 1", id="do", hints=["One."]),
        code('judge("x", f, hints=["a"])'),
    )

    assert "cell code: onboard.hints: no call of `exercise` is in this cell or" in after[0]
    assert "cell do: onboard.hints: the exercise in cell code has hints= in its call" in twice[0]


# -- Markdown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("It *rounds* **down**: `3 // 2`.", "It rounds down: 3 // 2."),
        ("> 5", "> 5"),
        ("1. of May", "1. of May"),
        ("$a*b*c$ and [docs](x)", "$a*b*c$ and docs"),
        ("a < b & c", "a < b & c"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_widget_shows_the_words_of_markdown(markdown, shown):
    assert plain_text(markdown) == shown


@pytest.mark.parametrize(
    ("markdown", "asked"),
    [
        ("# Slash\n\nWhat?\n\nThink.", "What?"),
        ("# Slash\n\nHow large is it, in GiB\n", "How large is it, in GiB"),
        ("Combien\u00a0?", "Combien\u00a0?"),
        ("```\ncode?\n```", ""),
    ],
)
def test_the_question_is_found_in_its_text(markdown, asked):
    assert question_in(markdown) == asked
