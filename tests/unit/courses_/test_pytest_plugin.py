"""`pytest --onboard`: the verdicts of a check, as pytest's own."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree as Xml

import nbformat
import pytest

pytest_plugins = ["pytester"]

pytestmark = pytest.mark.timeout(120)
OWN = ("--onboard", "-p", "no:cacheprovider", "-p", "no:asyncio")


@pytest.fixture
def mixed(maker, tmp_path):
    """A course that leaves a letter in a file each time its first lesson runs."""
    runs = tmp_path / "runs"
    count = f"open({str(runs)!r}, 'a').write('x') and None"
    maker.lesson(
        [
            maker.code(count, id="fine"),
            maker.text("Between."),
            maker.code("1 / 0", id="bad"),
            maker.code("2", id="later"),
        ]
    )
    maker.lesson([maker.code("3", id="on-gpus")], id="two", gpu="required")
    return maker.folder, runs


def test_a_cell_and_a_lesson_have_the_verdicts_of_a_check(pytester, mixed):
    # given a course with a cell that passes, one that fails, one after it, and a lesson for a GPU
    folder, runs = mixed

    # when pytest runs it
    result = pytester.runpytest_inprocess(*OWN, folder, "--junitxml=j.xml", "-p", "no:randomly")

    # then each has its verdict, with its place, and it ran once
    result.assert_outcomes(passed=1, failed=5)
    result.stdout.fnmatch_lines(
        [
            f"failed: {folder}/one.ipynb:*: cell bad: ZeroDivisionError: division by zero",
            f"not validated: {folder}/one.ipynb:*: cell later: It did not run.",
            "*failed at cell bad.",
            "not validated: *two.ipynb:*: cell on-gpus: It did not run. It needs a GPU*",
        ]
    )
    assert "pytest_items.py" not in result.stdout.str()
    assert runs.read_text() == "x"
    cases = {one.get("name"): one for one in Xml.parse(pytester.path / "j.xml").iter("testcase")}
    assert cases["fine"].find("failure") is None
    assert cases["bad"].find("failure") is not None


def test_what_is_not_validated_is_skipped_only_where_that_is_allowed(pytester, mixed):
    folder, _ = mixed
    result = pytester.runpytest_inprocess(*OWN, "--onboard-allow-not-validated", folder, "-rs")
    result.assert_outcomes(passed=1, failed=2, skipped=3)
    result.stdout.fnmatch_lines(["*not validated: *It needs a GPU*"])


def test_workers_that_share_a_course_run_it_once(pytester, mixed):
    folder, runs = mixed
    result = pytester.runpytest_subprocess(*OWN, "-n", "2", "--dist", "load", folder)
    result.assert_outcomes(passed=1, failed=5)
    assert runs.read_text() == "x"


@pytest.mark.parametrize("choice", [["::one::fine"], ["", "-k", "fine"]])
def test_one_cell_can_be_chosen(pytester, mixed, choice):
    folder, _ = mixed
    place, *more = choice
    result = pytester.runpytest_inprocess(*OWN, f"{folder}/course.toml{place}", *more)
    result.assert_outcomes(passed=1, deselected=5 if more else 0)


def test_collecting_runs_nothing(pytester, mixed):
    folder, runs = mixed
    result = pytester.runpytest_inprocess(*OWN, "--collect-only", "-q", folder)
    result.stdout.fnmatch_lines_random(
        [f"*course.toml::one::{name}" for name in ("fine", "bad", "later", "lesson")]
    )
    assert not runs.exists()


def test_a_broken_manifest_is_an_error_in_a_sentence(pytester, maker):
    (maker.folder / "course.toml").write_text("id = 3")
    result = pytester.runpytest_inprocess(*OWN, maker.folder)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [f"{maker.folder}/course.toml:1: id: 3: it must be a text. Put it in quotes."]
    )
    assert "Traceback" not in result.stdout.str()
    assert "manifest.py" not in result.stdout.str()


def test_a_broken_notebook_is_an_error_in_a_sentence(pytester, maker):
    folder = maker.lesson([maker.code("1")])
    (folder / "one.ipynb").write_text("{")
    result = pytester.runpytest_inprocess(*OWN, folder)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*one.ipynb: not JSON: *Save it again in Jupyter."])


def test_a_fault_of_the_tool_is_an_error_not_a_failure(pytester, maker):
    # given a lesson for a kernel that is not there
    folder = maker.lesson([maker.code("1")])
    notebook = nbformat.read(folder / "one.ipynb", as_version=4)
    notebook.metadata.kernelspec = {"name": "none", "language": "none", "display_name": "None"}
    nbformat.write(notebook, folder / "one.ipynb")

    # when
    result = pytester.runpytest_inprocess(*OWN, folder)

    # then the lesson is an error, and its cell, of which nothing is known, is not green
    result.assert_outcomes(errors=1, failed=1)
    result.stdout.fnmatch_lines(["errored: *one.ipynb:1: papermill: *"])


def test_a_course_that_cannot_run_at_all_says_so_at_each_item(pytester, maker):
    folder = maker.lesson([maker.code("### BEGIN SOLUTION")])
    result = pytester.runpytest_inprocess(*OWN, folder)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["errored: *BEGIN SOLUTION without an END*"])


def test_without_the_option_no_course_is_collected_and_nothing_is_imported(pytester, mixed):
    folder, runs = mixed
    result = pytester.runpytest_inprocess("-p", "no:asyncio", folder)
    result.assert_outcomes()
    assert not runs.exists()

    code = (
        "import sys, courses.validation.pytest_plugin; "
        "print([one for one in ('pydantic', 'nbformat', 'jinja2', 'click') if one in sys.modules])"
    )
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert imported.stdout == "[]\n"
