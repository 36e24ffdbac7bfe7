"""`onboard workspace reset`: a lesson begun again from a terminal."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from courses.delivery import opened
from courses.workspace import Wishes
from hub_config.cli import onboard

DATED = re.compile(r"first\.\d{4}-\d\d-\d\d-\d{6}\.ipynb")


@pytest.fixture
def workspace(catalogue, tmp_path, monkeypatch):
    """A trainee's workspace, in a session, with both notebooks of the lesson worked in."""
    monkeypatch.setenv("ONBOARD_CATALOGUE", catalogue)
    root = tmp_path / "home" / "courses"
    for language in ("en", "fr"):
        notebook = opened(catalogue, root, "welcome", "first", Wishes(language=language))
        (root / notebook).write_text("mine")
    return root


def reset(*words):
    return CliRunner().invoke(onboard, ["workspace", "reset", *map(str, words)])


def test_a_lesson_is_as_it_was_published_and_what_was_there_is_kept(workspace):
    folder = workspace / "welcome" / "part 1"

    result = reset("welcome", "first", "--workspace", workspace)

    assert result.exit_code == 0, result.output
    assert (folder / "first.ipynb").read_text() == "{}"
    (kept,) = [one for one in folder.iterdir() if DATED.fullmatch(one.name)]
    assert kept.read_text() == "mine"
    assert f"What you had is kept as {kept.name}." in result.output
    assert (folder / "first.fr.ipynb").read_text() == "mine"


def test_another_language_is_its_own_notebook(workspace):
    folder = workspace / "welcome" / "part 1"

    reset("welcome", "first", "--workspace", workspace, "--language", "fr")

    assert (folder / "first.ipynb").read_text() == "mine"
    assert (folder / "first.fr.ipynb").read_text() != "mine"


def test_a_second_time_there_is_nothing_to_keep(workspace):
    reset("welcome", "first", "--workspace", workspace)

    result = reset("welcome", "first", "--workspace", workspace)

    assert result.exit_code == 0
    assert "kept" not in result.output


def test_the_workspace_is_found_around_the_folder_that_one_is_in(workspace, monkeypatch):
    monkeypatch.chdir(workspace / "welcome" / "part 1")

    result = reset("welcome", "first")

    assert f"{workspace}/welcome/part 1/first.ipynb is as it was" in result.output


def test_elsewhere_it_is_the_sites_usual_one(workspace, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    result = reset("welcome", "first", "--site", "onebox")

    assert f"{workspace}/welcome/part 1/first.ipynb is as it was" in result.output


def test_a_workspace_that_only_the_hub_knows_is_asked_for(workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = reset("welcome", "first", "--site", "local")

    assert "your copy of welcome is not here" in str(result.exception)


@pytest.mark.parametrize("names", [("welcome", "second"), ("nothing", "first"), ("../x", "first")])
def test_what_is_not_published_is_refused_with_a_hint(workspace, names):
    result = reset(*names, "--workspace", workspace)

    assert result.exit_code != 0
    assert "There is no lesson" in str(result.exception)
