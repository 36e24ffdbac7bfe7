"""A quiz and hints in metadata: from the author's course to an answer in a trainee's kernel."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from courses.authoring.release import build
from courses.learn.outbox import read
from courses.validation import check
from courses.validation.record import Outcome
from courses.workspace import bring

pytestmark = pytest.mark.slow

QUIZ = {
    "kind": "multiple",
    "choices": [
        {"id": "whole", "text": "A whole number"},
        {"id": "fraction", "text": "A fraction", "feedback": "Not with two slashes."},
        {"id": "rounded", "text": "Rounded down"},
    ],
    "answer": ["rounded", "whole"],
}
IMPORT = "from courses.learn import NumberCheck, answer, exercise, show_hint"
JUDGE = 'exercise("two", lambda: two, title="Two", checks=[NumberCheck("It is 2", 2, "Add.")])'
TRANSLATIONS = {
    "fr": {
        "What is `7 // 2`?": "Que vaut `7 // 2`\u00a0?",
        "A whole number": "Un entier",
        "A fraction": "Une fraction",
        "Not with two slashes.": "Pas avec deux barres.",
        "Rounded down": "Un arrondi",
        "Count.": "Comptez.",
    },
    "de": {
        "What is `7 // 2`?": "Was ist `7 // 2`?",
        "A whole number": "Eine ganze Zahl",
        "A fraction": "Ein Bruch",
        "Not with two slashes.": "Nicht mit zwei Strichen.",
        "Rounded down": "Abgerundet",
        "Count.": "Zählen Sie.",
    },
}
WORDS = {
    "en": ("Question: What is 7 // 2?", "Not with two slashes.", "Wrong", "Right", "Count."),
    "fr": (
        "Question\u00a0: Que vaut 7 // 2\u00a0?",
        "Pas avec deux barres.",
        "Faux",
        "Juste",
        "Comptez.",
    ),
    "de": (
        "Frage: Was ist 7 // 2?",
        "Nicht mit zwei Strichen.",
        "Falsch",
        "Richtig",
        "Zählen Sie.",
    ),
}


@pytest.fixture
def course(maker):
    """A course in three languages, with a quiz and hints in its metadata."""
    asks = maker.text("What is `7 // 2`?", id="slashes")
    asks.metadata["onboard"] = {"quiz": QUIZ}
    solved = maker.code("### BEGIN SOLUTION\ntwo = 2\n### END SOLUTION", "", id="two")
    solved.metadata["onboard"] = {"hints": ["Count."]}
    folder = maker.lesson([maker.code(IMPORT, "", id="import"), asks, solved])
    add_exercise(folder)
    manifest = folder / "course.toml"
    manifest.write_text(manifest.read_text().replace("lic", 'languages = ["fr", "de"]\nlic', 1))
    (folder / "locale").mkdir()
    for language in TRANSLATIONS:
        translate(folder, language)
    return folder


def add_exercise(folder):
    notebook = nbformat.read(folder / "one.ipynb", as_version=4)
    notebook.cells.append(new_code_cell(JUDGE, id="judge"))
    nbformat.write(notebook, folder / "one.ipynb")


def translate(folder, language):
    import polib

    from courses.authoring import manifest
    from courses.authoring.translation.passages import passages

    file = polib.POFile()
    for one in passages(folder, manifest.load(folder)):
        text = TRANSLATIONS[language].get(one.text, "")
        file.append(polib.POEntry(msgctxt=one.context, msgid=one.text, msgstr=text))
    file.save(str(folder / "locale" / f"{language}.po"))


def released(course, folder):
    build(course, folder)
    return folder


def with_answers(path, *calls):
    """A trainee's notebook with their answers below the quiz, and a call for a hint at its end."""
    notebook = nbformat.read(path, as_version=4)
    at = next(i for i, cell in enumerate(notebook.cells) if cell.id == "slashes-quiz")
    mine = [new_code_cell(call, id=f"mine-{i}") for i, call in enumerate(calls)]
    notebook.cells[at + 1 : at + 1] = mine
    notebook.cells.append(new_code_cell('show_hint("two")', id="hint"))
    return notebook


def run(notebook, folder):
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources=resources, allow_errors=True
    )
    client.execute()
    return {cell.id: said(cell) for cell in notebook.cells if cell.cell_type == "code"}


def said(cell):
    return "\n".join(one.get("data", {}).get("text/plain", "") for one in cell.outputs)


def test_nothing_readable_of_the_answer_is_in_the_release(course, tmp_path):
    folder = released(course, tmp_path / "release")

    for path in folder.rglob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        assert [cell.id for cell in notebook.cells][:3] == ["import", "slashes", "slashes-quiz"]
        text = path.read_text()
        assert "answer_hash" in text
        assert not re.search(r'answer\W{1,4}["\[(]|\banswer=', text)
        assert "hints" not in json.dumps([cell.metadata for cell in notebook.cells])


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_a_trainee_answers_wrong_then_right_and_a_new_kernel_remembers(
    course, tmp_path, monkeypatch, language
):
    # given
    release = released(course, tmp_path / "tiny" / "1.2.3-abc")
    folder = bring(release, tmp_path / "courses", "tiny")
    path = folder / ("one.ipynb" if language == "en" else f"one.{language}.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    question, feedback, wrong, right, hint = WORDS[language]
    # when
    answers = ('answer("slashes", "fraction")', 'answer("slashes", "rounded", "whole")')
    cells = run(with_answers(path, *answers), folder)
    again = run(nbformat.read(path, as_version=4), folder)
    # then
    assert cells["slashes-quiz"].startswith(question)
    assert wrong in cells["mine-0"]
    assert feedback in cells["mine-0"]
    assert cells["mine-1"].splitlines()[-1].startswith(right)
    assert again["slashes-quiz"].splitlines()[-1].startswith(right)
    assert hint not in cells["judge"]
    assert hint in cells["hint"]
    quizzes = [one for one in read(tmp_path / "courses" / ".onboard" / "outbox")[0] if one.state]
    assert [(one.exercise, one.state) for one in quizzes if one.exercise == "slashes"] == [
        ("slashes", "wrong"),
        ("slashes", "right"),
    ]


def test_an_upgrade_keeps_the_cell_with_the_answer_and_brings_the_new_question(course, tmp_path):
    # given: an answered quiz, its output in the notebook
    old = released(course, tmp_path / "tiny" / "1.2.3-abc")
    folder = bring(old, tmp_path / "courses", "tiny")
    notebook = nbformat.read(folder / "one.ipynb", as_version=4)
    run(notebook, folder)
    nbformat.write(notebook, folder / "one.ipynb")
    # when
    source = course / "one.ipynb"
    source.write_text(source.read_text().replace("A fraction", "A half"))
    bring(released(course, tmp_path / "tiny" / "1.3.0-def"), tmp_path / "courses", "tiny")
    # then
    after = nbformat.read(folder / "one.ipynb", as_version=4)
    assert [cell.id for cell in after.cells] == [cell.id for cell in notebook.cells]
    cell = after.cells[2]
    assert cell.id == "slashes-quiz"
    assert "A half" in cell.source
    assert cell.outputs


def test_validation_runs_the_quiz_as_trainees_get_it(course, machine, log):
    found = check.validate(course, machine, None, log)

    (lesson,) = found.lessons
    assert found.outcome is Outcome.PASSED, lesson
    assert [cell.id for cell in lesson.cells] == ["import", "slashes", "two", "judge"]
    assert [(one.solved, one.untouched) for one in lesson.exercises] == [("right", "not attempted")]


def test_a_quiz_that_the_lesson_keeps_from_being_asked_fails_where_it_stands(maker, machine, log):
    asks = maker.text("Which?", id="slashes")
    asks.metadata["onboard"] = {"quiz": QUIZ}
    spoils = "import sys\nsys.modules['courses.learn'] = None"
    folder = maker.lesson([maker.code(spoils, "", id="import"), asks])

    (lesson,) = check.validate(folder, machine, None, log).lessons

    assert lesson.outcome is Outcome.FAILED
    (culprit,) = lesson.culprits
    assert culprit.id == "slashes"
    assert "courses.learn" in culprit.message
    assert culprit.line > 1
