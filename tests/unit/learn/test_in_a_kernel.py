"""A lesson in a real kernel: each run has the same outputs, and progress outlives the kernel."""

import copy

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from courses.learn.outbox import read

pytestmark = pytest.mark.slow

CELLS = (
    """
from courses.learn import NumberCheck, exercise, lesson, quiz, session
lesson("tiny", "one", exercises=["two", "slash"])
""",
    "two = {two}",
    """
exercise("two", lambda: two, title="Two", checks=[NumberCheck("It is 2", 2)],
         hints=["Think."], solution="1 + 1")
""",
    'quiz("slash", question="?", choices={{"a": "A", "b": "B"}}, answer="a")',
    "here = session()",
)
VIEW = "application/vnd.jupyter.widget-view+json"


def run(folder, two):
    notebook = new_notebook(cells=[new_code_cell(source.format(two=two)) for source in CELLS])
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=resources).execute()
    return [output for cell in notebook.cells for output in cell.outputs]


def compared(outputs):
    """Return what validation compares: all but the names of widgets."""
    outputs = copy.deepcopy(outputs)
    for one in outputs:
        assert one["data"].pop(VIEW)
    return outputs


def text(outputs):
    return "\n".join(one["data"]["text/plain"] for one in outputs)


def test_two_runs_outside_of_a_workspace_are_the_same_and_leave_nothing(tmp_path):
    first, second = run(tmp_path, two=2), run(tmp_path, two=2)

    assert compared(first) == compared(second)
    assert "Right. Well done" in text(first)
    assert not list(tmp_path.iterdir())


def test_in_a_workspace_the_next_kernel_knows_what_was_solved(course, outbox, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME")
    run(course, two=2)

    said = text(run(course, two="..."))

    assert "Right so far: 1 of 2." in said
    assert "You solved this on" in said
    kinds = [one.kind for one in read(outbox)[0]]
    assert kinds == ["lesson-opened", "exercise-attempted", "lesson-opened"]
