"""Findings on the lines where they are: GitHub's commands, GitLab's code quality."""

import json
import re
from pathlib import Path

import pytest

from courses.validation.record import CellResult, LessonResult, Outcome
from courses.validation.reports.annotations import (
    code_quality,
    commands_stopped,
    github,
    write_code_quality,
)
from courses.validation.reports.places import from_root, repository


def failing(message, *, id="bad", line=12):  # noqa: A002
    cell = CellResult(id=id, line=line, outcome=Outcome.FAILED, message=message)
    return LessonResult(
        lesson="one", notebook="sub/one.ipynb", outcome=Outcome.FAILED, cells=(cell,)
    )


def test_github_is_told_file_line_and_what(record, tmp_path):
    assert github(record, tmp_path / "courses/tiny", tmp_path) == (
        "::error file=courses/tiny/one.ipynb,line=12,title=tiny/one%3A failed::cell bad: Oh: <no>",
        "::warning file=courses/tiny/gpu.ipynb,line=1,title=tiny/gpu%3A not validated::No GPU.",
        "::error file=courses/tiny/lost.ipynb,line=1,title=tiny/lost%3A errored::Node gone.",
    )


def test_no_text_gets_out_of_its_place_in_a_command_of_github(a_record, tmp_path):
    # given texts that would begin a command, or another property of this one
    lesson = failing("50%\r\n::add-mask::x").model_copy(update={"lesson": "a,b:c\n::d"})

    # when it is told
    (line,) = github(a_record(lesson), tmp_path, tmp_path)

    # then it is one line, with everything escaped that means something
    assert "\n" not in line
    assert "\r" not in line
    properties, _, said = line.removeprefix("::error ").partition("::")
    assert properties.count(",") == 2
    assert said.startswith("cell bad: 50%25")
    assert "title=tiny/a%2Cb%3Ac%0A%3A%3Ad%3A failed" in properties


def test_what_is_printed_between_is_no_command_to_github(capsys):
    with commands_stopped():
        print("::error::mine")  # noqa: T201
    begin, inside, end = capsys.readouterr().out.splitlines()
    token = begin.removeprefix("::stop-commands::")
    assert (inside, end) == ("::error::mine", f"::{token}::")
    assert re.fullmatch(r"onboard-[0-9a-f]{32}", token)


def test_gitlab_is_told_the_same_with_a_severity(record, tmp_path):
    found = code_quality(record, tmp_path / "courses/tiny", tmp_path)
    assert [(one["check_name"], one["severity"]) for one in found] == [
        ("onboard failed", "major"),
        ("onboard not-validated", "minor"),
        ("onboard errored", "critical"),
    ]
    assert found[0]["location"] == {"path": "courses/tiny/one.ipynb", "lines": {"begin": 12}}
    assert found[0]["description"] == "one: cell bad: Oh: <no>"


def test_a_finding_that_moves_is_still_the_same_one(a_record, tmp_path):
    def prints(*lessons):
        found = code_quality(a_record(*lessons), tmp_path, tmp_path)
        return [one["fingerprint"] for one in found]

    first = prints(failing("It took 3.1 s.", line=12))
    assert prints(failing("It took 3.2 s.", line=99)) == first
    assert prints(failing("It took 3.1 s.", id="other")) != first


def test_the_code_quality_file_is_json(record, tmp_path):
    write_code_quality(record, tmp_path, tmp_path / "q.json")
    assert len(json.loads((tmp_path / "q.json").read_text())) == 3


@pytest.mark.parametrize("name", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_files_are_named_as_seen_from_where_ci_checked_out(tmp_path, name):
    root = repository({name: str(tmp_path)})
    assert from_root(tmp_path / "a" / ".." / "b.ipynb", root) == "b.ipynb"
    assert from_root(Path("/elsewhere/b.ipynb"), root) == "/elsewhere/b.ipynb"


def test_without_ci_files_are_named_as_seen_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert from_root(Path("x/b.ipynb"), repository({})) == "x/b.ipynb"
