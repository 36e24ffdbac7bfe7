"""The workflow files that docs/ci.md hands out: sound YAML, and commands that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from courses.authoring import manifest
from courses.validation import pytest_plugin
from courses.validation.record import CellResult, ExerciseResult, LessonResult, ValidationRecord
from hub_config.cli import onboard

CHECKOUT = Path(__file__).resolve().parents[2]
GITHUB = CHECKOUT / "docs" / "ci" / "github-actions.yml"
GITLAB = CHECKOUT / "docs" / "ci" / "gitlab-ci.yml"
PAGE = CHECKOUT / "docs" / "ci.md"


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def scripts(path):
    """Return each piece of shell in a workflow file."""
    content = load(path)
    if path == GITHUB:
        steps = content["jobs"]["check"]["steps"]
        return [step["run"] for step in steps if "run" in step]
    job = content["check-courses"]
    return [*job["before_script"], *job["script"]]


def called(path):
    """Return the words of each call of `onboard`."""
    joined = "\n".join(scripts(path)).replace("\\\n", " ")
    lines = [shlex.split(line) for line in joined.splitlines()]
    return [words[1:] for words in lines if words[:1] == ["onboard"]]


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=lambda path: path.stem)
def test_every_command_and_option_of_a_workflow_exists(path):
    # given each call of `onboard` in it
    calls = called(path)
    assert calls
    for words in calls:
        # when it is parsed as `onboard` would, with a course for the variable
        command, context = onboard, click.Context(onboard)
        while isinstance(command, click.Group):
            name, command, words = command.resolve_command(context, words)
            context = click.Context(command, parent=context, info_name=name)
        words = [str(CHECKOUT / "notebooks/welcome") if one == "$COURSE" else one for one in words]

        # then every option and value is one that it takes
        command.parse_args(context, words)


@pytest.mark.parametrize("path", [GITHUB, GITLAB], ids=lambda path: path.stem)
def test_every_piece_of_shell_is_sound(path):
    for script in scripts(path):
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        assert checked.stderr == "", script
        # a value of the workflow in the shell's own text could be a command
        assert "${{" not in script


def test_both_workflows_check_a_course_that_is_here():
    (github,) = load(GITHUB)["jobs"]["check"]["strategy"]["matrix"]["course"]
    (gitlab,) = load(GITLAB)["check-courses"]["parallel"]["matrix"][0]["COURSE"]
    assert github == gitlab
    assert manifest.load(CHECKOUT / github).lessons


def test_what_gitlab_reads_is_what_the_check_writes():
    job = load(GITLAB)["check-courses"]
    (words,) = called(GITLAB)
    assert set(job["artifacts"]["reports"].values()) <= set(words)
    assert job["artifacts"]["when"] == "always"


def test_every_report_and_every_option_of_pytest_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    source = Path(pytest_plugin.__file__).read_text(encoding="utf-8")
    for option in re.findall(r'"(--onboard[a-z-]*)"', source):
        assert f"{option}" in text
    from courses.commands.check import check

    for name in ("html", "junit", "json", "code_quality", "annotations"):
        (option,) = (one for one in check.params if one.name == name)
        assert f"`{option.opts[0]}" in text


@pytest.mark.parametrize("model", [ValidationRecord, LessonResult, CellResult, ExerciseResult])
def test_every_key_of_the_record_is_on_the_page(model):
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    named = {word for row in rows for word in re.findall(r"[\w.\[\]]+", row)}
    described = {word.rpartition(".")[2].removesuffix("[]") for word in named}
    assert set(model.model_fields) <= described
