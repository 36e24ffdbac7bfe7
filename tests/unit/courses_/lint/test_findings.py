"""A finding: where it is, how it reads, how it is silenced."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings

from courses.authoring.source import parse
from courses.lint.material import Material, Notebook, load
from courses.lint.run import findings, look
from spawners.errors import InvalidInput

from .any_notebook import notebooks
from .conftest import Given

WELCOME = Path(__file__).resolve().parents[4] / "notebooks" / "welcome"


def test_a_finding_says_where_which_rule_what_is_wrong_and_what_to_do(found, maker):
    said = found(maker.text("# A", id="title"), maker.code("\n\nopen('~/x.csv')", id="load"))

    assert said["path-in-code"] == (
        "one.ipynb:11: cell load: path-in-code: line 3 of the cell: ~/x.csv is not there on every "
        "machine. Name a file of the course, as a path from this notebook's folder."
    )


def test_a_warning_says_that_it_is_one(found, maker):
    assert ": empty-cell (warning): " in found(maker.code(""))["empty-cell"]


def test_a_rule_is_silenced_for_one_cell(found, maker):
    cell = maker.code("!nvidia-smi", id="one")
    cell.metadata["onboard"] = {"allow": ["shell"]}
    assert "shell" not in found(cell)


def test_a_silenced_rule_still_speaks_of_other_cells(found, maker):
    cell = maker.code("!nvidia-smi", id="one")
    cell.metadata["onboard"] = {"allow": ["shell"]}
    assert "cell two" in found(cell, maker.code("!nvidia-smi", id="two"))["shell"]


def test_a_misspelt_rule_is_told_what_was_meant(found, maker):
    cell = maker.code("1")
    cell.metadata["onboard"] = {"allow": ["shel"]}
    assert found(cell)["unknown-rule"].endswith("there is no such rule. Write shell.")


@pytest.mark.parametrize("onboard", [3, [], {"allow": 3}, {"allow": {"shell": 1}}, {"allow": "x"}])
def test_an_allowance_of_another_shape_allows_nothing(found, maker, onboard):
    cell = maker.code("!nvidia-smi")
    cell.metadata["onboard"] = onboard
    assert "shell" in found(cell)


def test_findings_are_in_the_order_of_the_files(maker):
    cells = [maker.code("", id="a"), maker.code("!ls", id="b"), maker.code("", id="c")]
    said = findings(Given(cells).write(maker))

    places = [(one.file, one.line) for one in said]
    assert places == sorted(places)
    assert [one.cell for one in said if one.rule == "empty-cell"] == ["a", "c"]


def test_a_notebook_that_cannot_be_read_hides_nothing_of_the_others(found, maker):
    said = found(maker.code(""), files={"two.ipynb": "{"})
    assert said["notebook-unreadable"].startswith("two.ipynb:1: notebook-unreadable: not JSON")
    assert "empty-cell" in said


def test_a_course_without_a_sound_manifest_is_not_looked_at(maker):
    (maker.folder / "course.toml").write_text("id = 3")
    with pytest.raises(InvalidInput, match="title"):
        findings(maker.folder)


def test_the_welcome_course_has_nothing_to_mend():
    assert [str(one) for one in findings(WELCOME)] == []


@pytest.fixture
def course(maker) -> Material:
    return load(Given().write(maker))


@settings(
    max_examples=200,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(notebook=notebooks)
def test_no_notebook_that_can_be_read_makes_the_linter_fail(course, notebook):
    # given any notebook that the rest of the project accepts
    source = parse(nbformat.writes(nbformat.from_dict(notebook)), "one.ipynb")

    # when every rule looks at it
    lesson = course.course.lessons[0]
    material = Material(course.folder, course.course, course.files, (Notebook(source, lesson),), ())
    said = look(material)

    # then what they say points at its cells
    ids = {cell["id"] for cell in notebook["cells"]}
    assert {one.cell for one in said if one.cell} <= ids
