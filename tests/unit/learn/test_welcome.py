"""The course `welcome`: its files are sound, and its exercises judge real work rightly."""

import ast
import itertools
import re

import nbformat
import pytest
from lesson_runs import COURSE, filled, panels, run, solutions, states

from courses.authoring.language import notebook_in
from courses.authoring.manifest import load
from courses.learn.checks import State
from courses.learn.render import word

BY_ID = {one.id: one for one in load(COURSE).lessons}
LESSONS = tuple(BY_ID)


def lesson(name):
    return nbformat.read(COURSE / f"{name}.ipynb", as_version=4)


def trainee_version(built, name, language="en"):
    path = built / notebook_in(BY_ID[name].notebook, language, "en")
    return nbformat.read(path, as_version=4)


def test_the_manifest_lists_the_lessons_in_their_order_and_their_files_are_there():
    assert LESSONS[:3] == ("first-session", "first-speed-up", "first-batch-job")
    assert all((COURSE / one.notebook).is_file() for one in BY_ID.values())


@pytest.mark.parametrize("name", LESSONS)
def test_cells_have_readable_ids_and_headings_in_order(name):
    notebook = lesson(name)
    nbformat.validate(notebook)

    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell.id) for cell in notebook.cells)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def calls(cell, function):
    """Yield what a cell gives to each call of a function: its first word, and the rest by name."""
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
            yield node.args[0].value, {one.arg: one.value for one in node.keywords}


@pytest.mark.parametrize("name", LESSONS)
def test_the_header_names_every_exercise_in_words_and_in_their_order(name):
    # given the exercises and questions of a lesson, as they come
    code = [cell for cell in lesson(name).cells if cell.cell_type == "code"]
    exercises = {one: given for cell in code for one, given in calls(cell, "exercise")}
    both = [one for cell in code for kind in ("exercise", "quiz") for one, _ in calls(cell, kind)]

    # when the header is read, before any of them was run
    [header] = [given for cell in code for _, given in calls(cell, "lesson")]
    titles = ast.literal_eval(header["exercises"])

    # then it says what each is called, and no id
    assert list(titles) == both
    for one, title in titles.items():
        own = exercises.get(one)
        assert title == own["title"].value if own else title.startswith("Question: ")


@pytest.mark.parametrize("name", LESSONS)
def test_stored_outputs_name_no_machine(name):
    outputs = [cell.outputs for cell in lesson(name).cells if cell.cell_type == "code"]
    text = "\n".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        for cell_outputs in outputs
        for output in cell_outputs
    )

    assert "widget-view" not in str([output for one in outputs for output in one])
    assert not re.search(r"(^|[\s(])/\w+/|0x[0-9a-f]{6}", text)


@pytest.mark.parametrize("name", LESSONS)
def test_every_picture_has_a_text_in_its_place(name):
    for cell in lesson(name).cells:
        if cell.cell_type == "code" and "image/png" in str(cell.outputs):
            assert len(cell.metadata["alt"]) > 40


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", LESSONS)
def test_an_untouched_lesson_runs_to_its_end_and_nothing_in_it_is_attempted(
    name, language, built, tmp_path, monkeypatch
):
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)
    if BY_ID[name].needs.slurm:
        monkeypatch.setenv("PATH", str(tmp_path))  # no Slurm to be found, wherever the tests run

    ran = run(trainee_version(built, name, language), built)

    found = states(ran)
    assert len(found) >= 2
    assert set(found.values()) == {"not attempted"}
    assert not [one for one, said in panels(ran).items() if f"[{word(State.RIGHT)}]" in said]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", [name for name, one in BY_ID.items() if not one.needs.slurm])
def test_the_solutions_are_right_in_every_language(name, language, built, monkeypatch):
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)

    solved = filled(trainee_version(built, name, language), solutions(lesson(name)))

    assert set(states(run(solved, built)).values()) == {"right"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "attempts", "said"),
    [
        (
            "first-session",
            {"share-of-memory": "return memory_mib // 1024 // cores", "core-hours": "return 64"},
            {
                "share-of-memory": "[Wrong] 1536 MiB on 1 core is 1.5 GiB: Use / to divide",
                "core-hours": "multiply by the cores. It is too small. Yours is 64.",
            },
        ),
        (
            "first-speed-up",
            {
                "largest-change": "return (after - before).max()",
                "in-parallel": "return list(map(task, things))",
                "amdahl": "return 1 / (1 - shared) + shared / workers",
            },
            {
                "largest-change": "[Wrong] It notices when the plate cools down: When it cools",
                "in-parallel": "[Wrong] Workers did it, not this notebook: Use pool.map",
                "amdahl": "9 workers: 5 times faster: Mind the brackets",
            },
        ),
        (
            "first-speed-up",
            {
                "largest-change": "return largest_change_python(before, after)",
                "in-parallel": "return list(map(task, reversed(things)))",
                "amdahl": "return 5",
            },
            {
                "largest-change": "[Wrong] It works on whole arrays: Let NumPy work",
                "in-parallel": "[Wrong] The results are those of one core, in the same order",
                "amdahl": "[Wrong] One worker is as fast as one worker",
            },
        ),
        (
            "first-speed-up",
            {"largest-change": "return max(abs(one) for one in (after - before).flatten())"},
            {"largest-change": "[Wrong] It works on whole arrays: Let NumPy work"},
        ),
        (
            "first-speed-up",
            {"largest-change": "return nmupy.abs(after - before).max()"},
            {"largest-change": "NameError: name 'nmupy' is not defined, in line 3 of its cell."},
        ),
    ],
)
def test_a_typical_mistake_gets_the_words_that_help(name, attempts, said, built):
    notebook = run(filled(trainee_version(built, name), attempts), built)

    assert {states(notebook)[one] for one in said} == {"wrong"}
    found = panels(notebook)
    assert {one: words for one, words in said.items() if words not in found[one]} == {}
