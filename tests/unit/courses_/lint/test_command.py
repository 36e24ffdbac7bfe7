"""`onboard course lint`, and the page that describes its rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from courses.cli import course
from courses.lint.run import RULES
from spawners.errors import InvalidInput

from .conftest import Given

PAGE = Path(__file__).resolve().parents[4] / "docs" / "lint.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| (error|warning) \| \S", re.MULTILINE)


@pytest.fixture
def lint():
    return lambda *words: CliRunner().invoke(course, ["lint", *map(str, words)])


@pytest.fixture
def sound(maker):
    return Given([maker.text("# A\n\n[b](https://b.org)")]).write(maker)


@pytest.fixture
def odd(maker):
    """A course with a warning."""
    return Given([maker.text("# A\n\n[b](http://b.org)")]).write(maker)


@pytest.fixture
def wrong(maker):
    """A course with an error, and a warning after it."""
    return Given([maker.text("# A\n\n![](https://b.org)"), maker.code("")]).write(maker)


def test_a_sound_course_exits_with_0(lint, sound):
    result = lint(sound, "--strict")
    assert (result.exit_code, result.output) == (0, "no errors, no warnings.\n")


def test_an_error_exits_with_1_and_is_a_line_that_leads_to_its_place(lint, wrong):
    result = lint(wrong)
    assert result.exit_code == 1
    assert f"{wrong}/one.ipynb:3: cell text: alt-text: The image" in result.output
    assert result.output.splitlines()[-1] == "1 error, 1 warning."


def test_a_warning_exits_with_1_only_where_it_is_asked_for(lint, odd):
    assert lint(odd).exit_code == 0
    assert lint(odd, "--strict").exit_code == 1


def test_findings_are_written_for_programs(lint, wrong, tmp_path):
    result = lint(wrong, "--json", tmp_path / "found.json")

    first, *_ = json.loads((tmp_path / "found.json").read_text())
    assert result.exit_code == 1
    assert (first["rule"], first["severity"], first["file"]) == ("alt-text", "error", "one.ipynb")
    assert (first["line"], first["cell"]) == (3, "text")


def test_a_file_that_cannot_be_written_is_named(lint, wrong, tmp_path):
    result = lint(wrong, "--json", tmp_path / "none" / "found.json")
    assert isinstance(result.exception, InvalidInput)
    assert "found.json: cannot be written" in result.exception.message


def test_links_are_listed_with_their_places_and_nothing_else(lint, wrong):
    result = lint(wrong, "--links")
    assert (result.exit_code, result.output) == (0, "https://b.org one.ipynb:3 (cell text)\n")


def test_a_folder_without_a_course_is_refused(lint, tmp_path):
    assert isinstance(lint(tmp_path).exception, InvalidInput)


def test_the_page_describes_exactly_the_rules_that_there_are():
    described = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert sorted(described) == sorted((rule.name, rule.severity.value) for rule in RULES)
