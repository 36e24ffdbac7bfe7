import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from courses.authoring import manifest
from courses.authoring.content import content_hash
from courses.authoring.importing import sources
from courses.authoring.importing.course import import_course
from courses.authoring.release import build
from courses.authoring.source import read, trainee_version
from courses.cli import course as commands
from spawners.errors import InvalidInput

SOLVED = "def f():\n    ### BEGIN SOLUTION\n    return 'the answer'\n    ### END SOLUTION"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "My Notes").mkdir()
    return tmp_path / "My Notes"


def write(path: Path, *cells, minor=5, **metadata):
    """Write a notebook; below format 4.5 its cells have no ids."""
    # Put in afterwards: nbformat would mend what these tests are about.
    notebook = new_notebook(metadata=metadata) | {"cells": list(cells), "nbformat_minor": minor}
    if minor < 5:
        for cell in cells:
            del cell["id"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def text(source):
    return new_markdown_cell(source)


def code(source, count=1, **metadata):
    return new_code_cell(source, execution_count=count, metadata=metadata)


def brought(source, target=None, **options):
    """Import, and return the folder and what was said."""
    target = target or source.parent / "course"
    imported = import_course(source, target, **options)
    return target, [str(note) for note in imported.notes]


def cells(target, name):
    return read(target / name).notebook.cells


def test_a_folder_of_notebooks_becomes_a_course_in_their_order(folder):
    # given three notebooks, one of them in a folder, with a data file
    write(folder / "lesson10.ipynb", text("# The *last* one\n\nIt [ends](x)."), code("1"))
    write(folder / "lesson2.ipynb", text("Read this first."), text("## Part A"), minor=2)
    write(folder / "more" / "lesson2.ipynb", code(SOLVED))
    (folder / "data.csv").write_bytes(b"1,2\r\n")

    # when they are imported
    target, said = brought(folder)

    # then there is a sound course with all of it
    course = manifest.load(target)
    assert (course.id, str(course.title), course.version) == ("my-notes", "My Notes", "0.1.0")
    assert [one.notebook for one in course.lessons] == [
        "lesson2.ipynb",
        "lesson10.ipynb",
        "more/lesson2.ipynb",
    ]
    assert [one.id for one in course.lessons] == ["lesson2", "lesson10", "lesson2-2"]
    assert [str(one.title) for one in course.lessons] == ["Lesson2", "The last one", "Lesson2"]
    assert [str(one.summary) for one in course.lessons] == [
        "Read this first.",
        "It ends.",
        "Lesson2",
    ]
    assert [one.duration_minutes for one in course.lessons] == [1, 1, 6]
    assert (target / "data.csv").read_bytes() == b"1,2\r\n"
    assert any(one.startswith("lesson2.ipynb: cells without an id got one: 2") for one in said)
    assert said[-1].startswith("course.toml: read it through")
    build(target, folder.parent / "built")


def test_importing_twice_makes_the_same_course_and_leaves_the_source_alone(folder):
    write(folder / "a.ipynb", text("one"), text("one"), code("x"), minor=1)
    before = content_hash(folder)

    first, _ = brought(folder, folder.parent / "first", course_id="c", title="T")
    second, _ = brought(folder, folder.parent / "second", course_id="c", title="T")

    assert content_hash(first) == content_hash(second)
    assert content_hash(folder) == before
    assert len({cell.id for cell in cells(first, "a.ipynb")}) == 3


def test_a_notebook_of_an_old_format_is_brought_up_to_date(folder):
    cell = {"cell_type": "code", "input": ["x = 1\n", "x"], "outputs": [], "language": "python"}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    (folder / "old.ipynb").write_text(json.dumps(old | {"worksheets": [{"cells": [cell]}]}))
    first, _ = brought(folder, folder.parent / "first", course_id="c")
    second, _ = brought(folder, folder.parent / "second", course_id="c")
    assert cells(first, "old.ipynb")[0].source == "x = 1\nx"
    assert content_hash(first) == content_hash(second)


def test_ids_that_are_none_or_taken_are_made_anew_and_sound_ones_stay(folder):
    parts = [code("1"), code("2"), code("3"), code("4")]
    for cell, name in zip(parts, ["a", "b", "a", "no id"], strict=True):
        cell["id"] = name
    write(folder / "a.ipynb", *parts)
    target, said = brought(folder)
    ids = [cell.id for cell in cells(target, "a.ipynb")]
    assert ids[:2] == ["a", "b"]
    assert len(set(ids)) == 4
    assert sum("is no id, or another cell's" in one for one in said) == 2


def test_old_metadata_of_nbgrader_is_understood_and_its_ids_are_made_unique(folder):
    marks = {"solution": True, "grade_id": "answer"}
    write(
        folder / "a.ipynb",
        code("x = 'secret'", nbgrader=dict(marks)),
        code("y = 'secret'", nbgrader=dict(marks)),
        code("assert x", nbgrader={"grade": True, "points": "", "grade_id": "test"}),
        code("free", nbgrader={"grade": False, "grade_id": "free"}),
        minor=0,
    )

    target, said = brought(folder)

    found = cells(target, "a.ipynb")
    assert [cell.id for cell in found[:3]] == ["answer", "answer-2", "test"]
    assert found[2].metadata["nbgrader"]["points"] == 0
    assert found[1].metadata["nbgrader"]["grade_id"] == "answer-2"
    assert "nbgrader" not in found[3].metadata
    assert "a second cell had the grade_id answer" in "".join(said)
    assert "secret" not in nbformat.writes(trainee_version(read(target / "a.ipynb")))


def test_outputs_of_no_run_are_dropped_and_a_notebook_never_run_is_named(folder):
    cell = code("print(1)", None)
    cell.outputs = [new_output("stream", text="1\n")]
    write(folder / "a.ipynb", cell)
    target, said = brought(folder)
    assert cells(target, "a.ipynb")[0].outputs == []
    assert "they are dropped" in "".join(said)
    assert "never run, so there are no outputs to compare with" in "".join(said)


@pytest.mark.parametrize(
    ("spec", "name", "word"),
    [
        ({"name": "conda-env-x", "display_name": "X", "language": "python"}, "python3", "now"),
        ({"name": "python2", "display_name": "Python 2"}, "python3", "its kernel was python2"),
        (None, "python3", "not named"),
        ({"name": "ir", "display_name": "R", "language": "R"}, "ir", "it is in R"),
        ({"name": "julia-1.9", "display_name": "Julia"}, "julia-1.9", "a kernel julia-1.9"),
    ],
)
def test_python_runs_in_the_sessions_kernel_and_another_language_in_its_own(
    folder, spec, name, word
):
    write(folder / "a.ipynb", code("1"), **({"kernelspec": spec} if spec else {}))
    target, said = brought(folder)
    assert read(target / "a.ipynb").notebook.metadata["kernelspec"]["name"] == name
    assert word in "".join(said)


def test_what_no_course_can_have_is_left_out_and_named(folder, monkeypatch):
    # given all sorts of things beside one notebook
    monkeypatch.setattr(sources, "LARGEST_BYTES", 5000)
    write(folder / "a.ipynb", code("1"))
    (folder / "broken.ipynb").write_text("{")
    (folder / "list.ipynb").write_text("[]")
    (folder / "lone.ipynb").write_text(
        json.dumps(new_notebook(cells=[text("\ud800")])), encoding="utf-8"
    )
    (folder / "huge.bin").write_bytes(b"0" * 5001)
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "folder").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    (folder / "back\\slash.txt").touch()
    (folder / ".git").mkdir()
    (folder / ".git" / "config").touch()
    write(folder / ".ipynb_checkpoints" / "a-checkpoint.ipynb", code("old"))
    write(folder / "solutions" / "a.ipynb", code("solved"))
    (folder / "gradebook.db").touch()

    # when it is imported
    target, said = brought(folder)

    # then the rest is there, and everything else has its line
    assert sorted(path.name for path in target.rglob("*")) == ["a.ipynb", "course.toml"]
    left_out = {one.split(":")[0] for one in said if "left out" in one}
    assert left_out == {
        *("broken.ipynb", "list.ipynb", "lone.ipynb", "huge.bin", "link", "folder", "pipe"),
        *("back\\slash.txt", ".git", ".ipynb_checkpoints", "solutions", "gradebook.db"),
    }


def test_markers_without_their_other_half_are_named_with_cell_and_line(folder):
    write(folder / "a.ipynb", code("1\n### END SOLUTION"))
    _, said = brought(folder)
    assert "line 2 of the cell: END SOLUTION without a BEGIN" in "".join(said)


def nbgrader_course(folder, config=""):
    """An nbgrader course: two assignments, a header, and what students handed in."""
    write(folder / "source" / "header.ipynb", text("# Read me"), minor=0)
    write(folder / "source" / "ps2" / "two.ipynb", text("Two."), code("2"), minor=0)
    write(folder / "source" / "ps1" / "one.ipynb", text("One."), code("1"), minor=0)
    (folder / "source" / "ps1" / "data.csv").write_text("1")
    write(folder / "submitted" / "ann" / "ps1" / "one.ipynb", code("her answer"))
    (folder / "nbgrader_config.py").write_text(
        "import os\nc = get_config()\n"
        f"c.IncludeHeaderFooter.header = 'source/header.ipynb'\n{config}"
    )
    return folder


def test_an_nbgrader_course_brings_its_assignments_and_its_header_but_no_students(folder):
    target, said = brought(nbgrader_course(folder, "c.CourseDirectory.course_id = 'course 101'"))

    course = manifest.load(target)
    assert course.id == "course-101"
    assert [one.notebook for one in course.lessons] == ["ps1/one.ipynb", "ps2/two.ipynb"]
    assert [one.source for one in cells(target, "ps1/one.ipynb")] == ["# Read me", "One.", "1"]
    assert [str(one.title) for one in course.lessons] == ["One", "Two"]
    assert (target / "ps1" / "data.csv").exists()
    assert not list(target.rglob("submitted"))
    assert said[0].startswith("source/header.ipynb: its cells are in every notebook")


@pytest.mark.parametrize("inside", ["source/ps1", "source"])
def test_one_assignment_has_its_courses_header_too(folder, inside):
    target, _ = brought(nbgrader_course(folder) / inside)
    notebook = "one.ipynb" if inside.endswith("1") else "ps1/one.ipynb"
    assert [one.source for one in cells(target, notebook)] == ["# Read me", "One.", "1"]


def test_other_words_for_the_markers_become_the_usual(folder):
    config = (
        "c.ClearSolutions.begin_solution_delimeter = '<<<'\n"
        "c.ClearSolutions.end_solution_delimeter = '>>>'\n"
        "c.ClearSolutions.code_stub = {'python': 'pass'}\n"
    )
    nbgrader_course(folder, config)
    write(folder / "source" / "ps1" / "one.ipynb", code("# <<<\nsecret\n# >>>"))

    target, said = brought(folder)

    version = trainee_version(read(target / "ps1" / "one.ipynb"))
    assert version.cells[1].source == "# YOUR CODE HERE\nraise NotImplementedError()"
    assert "c.ClearSolutions.code_stub is not followed" in "".join(said)


def test_a_configuration_that_would_have_to_be_run_for_its_markers_is_refused(folder):
    nbgrader_course(folder, "c.ClearSolutions.begin_solution_delimeter = os.environ['X']")
    with pytest.raises(InvalidInput, match="begin_solution_delimeter"):
        brought(folder)


@pytest.mark.parametrize("place", ["../secret.ipynb", "/etc/passwd", "none.ipynb"])
def test_a_header_from_elsewhere_is_not_taken(folder, place):
    write(folder.parent / "secret.ipynb", text("secret"))
    nbgrader_course(folder, f"c.IncludeHeaderFooter.header = {place!r}")
    target, said = brought(folder)
    assert [one.source for one in cells(target, "ps1/one.ipynb")] == ["One.", "1"]
    assert f"{place}: there is no such file in the course" in "".join(said)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"course_id": "Not An Id"}, "--id: .Not An Id. is not allowed"),
        ({"title": "a\nb"}, "--title: .* is not allowed"),
    ],
)
def test_a_wrong_id_or_title_names_the_option(folder, options, word):
    write(folder / "a.ipynb", code("1"))
    with pytest.raises(InvalidInput, match=word):
        brought(folder, **options)
    assert not (folder.parent / "course").exists()


def test_only_a_new_folder_outside_of_the_source_is_a_target(folder):
    write(folder / "a.ipynb", code("1"))
    (folder.parent / "full").mkdir()
    (folder.parent / "full" / "file").touch()
    for target in (folder / "course", folder, folder.parent / "full"):
        with pytest.raises(InvalidInput, match=r"stays as it is|is there already"):
            brought(folder, target)
    assert [path.name for path in folder.iterdir()] == ["a.ipynb"]


@pytest.mark.parametrize("content", [{}, {"a.ipynb": "{"}, {"course.toml": "", "a.ipynb": ""}])
def test_a_folder_that_is_none_of_notebooks_is_refused(folder, content):
    for name, said in content.items():
        (folder / name).write_text(said)
    with pytest.raises(InvalidInput) as caught:
        brought(folder)
    assert str(folder) in caught.value.message
    assert not (folder.parent / "course").exists()


def test_a_killed_import_leaves_no_course_and_the_next_one_clears_up(folder, tmp_path):
    # given an import that waits in the middle, for a pipe that took the place of a file
    write(folder / "a.ipynb", code("1"))
    (folder / "data.csv").write_text("1")
    program = (
        "import os, shutil, sys, pathlib\n"
        "from courses.authoring.importing.course import import_course\n"
        "shutil.copyfile = lambda *_: (print('copies', flush=True), sys.stdin.read())\n"
        f"import_course(pathlib.Path({str(folder)!r}), pathlib.Path({str(tmp_path / 'course')!r}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"copies\n"

    # when it is killed
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdin.close()
    process.stdout.close()

    # then there is no course, and after another import nothing but the course
    assert not (tmp_path / "course").exists()
    assert len(list(tmp_path.glob(".course.import-*"))) == 1
    brought(folder)
    assert {path.name for path in tmp_path.iterdir()} == {"My Notes", "course"}


def test_the_command_lists_lessons_and_what_was_changed(folder, tmp_path):
    write(folder / "a.ipynb", text("# First"), code("1"), minor=3)
    arguments = ["import", str(folder), str(tmp_path / "new"), "--id", "mine", "--title", "Mine"]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 0, result.output
    assert "  a: First (1 min)" in result.output
    assert "  a.ipynb: cells without an id got one: 2." in result.output
    assert manifest.load(tmp_path / "new").id == "mine"
