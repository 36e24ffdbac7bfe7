"""The course `welcome`: its files are sound, and its exercises judge real work rightly."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from courses.authoring.manifest import load
from courses.authoring.release import build

COURSE = Path(__file__).parents[3] / "notebooks" / "welcome"
LESSONS = ("first-session", "first-speed-up")
SOLUTION = re.compile(r"( *)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
PLACEHOLDER = r"\1# YOUR CODE HERE\n\1raise NotImplementedError()"


def lesson(name):
    return nbformat.read(COURSE / f"{name}.ipynb", as_version=4)


def trainee_version(name):
    notebook = lesson(name)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub(PLACEHOLDER, cell.source)
            cell.outputs = []
    return notebook


def run(notebook, folder):
    client = NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return notebook


def panel(notebook):
    """Return the plain text of the lesson's one exercise."""
    (text,) = [
        output.data["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("data", {}).get("text/plain", "").startswith("Exercise: ")
    ]
    return text


def test_the_manifest_lists_the_two_lessons_and_their_files_are_there():
    course = load(COURSE)

    assert tuple(lesson.id for lesson in course.lessons) == LESSONS
    assert all((COURSE / lesson.notebook).is_file() for lesson in course.lessons)


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
@pytest.mark.parametrize("name", LESSONS)
def test_the_solution_is_right(name, tmp_path):
    assert "\nRight." in panel(run(lesson(name), tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_an_unsolved_lesson_runs_to_its_end_and_is_not_attempted(name, tmp_path):
    assert "\nNot attempted yet." in panel(run(trainee_version(name), tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["fr", "de"])
@pytest.mark.parametrize("name", LESSONS)
def test_a_translated_lesson_runs_to_its_end(name, language, tmp_path):
    build(COURSE, tmp_path / "built")
    notebook = nbformat.read(tmp_path / "built" / f"{name}.{language}.ipynb", as_version=4)
    assert "\nNot attempted yet." in panel(run(notebook, tmp_path / "built"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "attempt", "said"),
    [
        (
            "first-session",
            "return memory_mib // 1024 // cores",
            "[Wrong] 1536 MiB on 1 core is 1.5 GiB: Use / to divide",
        ),
        (
            "first-speed-up",
            "return (after - before).max()",
            "[Wrong] It notices when the plate cools down: When it cools",
        ),
        (
            "first-speed-up",
            "return largest_change_python(before.tolist(), after.tolist())",
            "[Wrong] It is at least three times faster than plain Python: Let NumPy work",
        ),
        (
            "first-speed-up",
            "return nmupy.abs(after - before).max()",
            "Your code stopped with NameError: name 'nmupy' is not defined, in line 3 of its cell.",
        ),
    ],
)
def test_a_typical_mistake_gets_the_words_that_help(name, attempt, said, tmp_path):
    notebook = trainee_version(name)
    for cell in notebook.cells:
        cell.source = cell.source.replace("# YOUR CODE HERE", attempt)

    text = panel(run(notebook, tmp_path))

    assert "\nWrong." in text
    assert said in text
