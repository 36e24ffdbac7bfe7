"""A group of commands of which some need packages that are not here."""

import sys

import click
import pytest
from click.testing import CliRunner

from courses.commands.lazy import LazyGroup
from hub_config.cli import onboard
from spawners.errors import MissingTool


@pytest.fixture
def group(tmp_path, monkeypatch):
    """A group with a command that is here, one that lacks a package, and one that is broken."""
    (tmp_path / "is_here.py").write_text("import click\n@click.command()\ndef it(): 'Works.'\n")
    (tmp_path / "lacks_it.py").write_text("import no_such_package.inner\n")
    (tmp_path / "is_broken.py").write_text("import courses.no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = {"here": "is_here:it", "lacking": "lacks_it:it"}
    yield LazyGroup(found_at=found), LazyGroup(found_at={"broken": "is_broken:it"})
    for name in ("is_here", "lacks_it"):
        sys.modules.pop(name, None)


def test_the_help_lists_a_command_without_its_package_and_says_so(group):
    said = CliRunner().invoke(group[0], ["--help"], catch_exceptions=False).output
    assert "Works." in said
    assert "Needs the package no_such_package" in said


@pytest.mark.parametrize("words", [[], ["list"], ["add", "--group", "x"]])
def test_a_command_without_its_package_says_what_to_install(group, words):
    error = CliRunner().invoke(group[0], ["lacking", *words]).exception
    assert isinstance(error, MissingTool)
    assert "lacking: the package no_such_package is not installed" in error.message
    assert error.hint


def test_a_mistake_of_our_own_is_no_missing_package(group):
    with pytest.raises(ModuleNotFoundError):
        group[1].get_command(click.Context(group[1]), "broken")


def test_without_the_hubs_packages_onboard_up_says_what_is_missing(monkeypatch):
    class Lacking:
        def __getattr__(self, name):
            raise ModuleNotFoundError("No module named 'jupyterhub'", name="jupyterhub.services")

    monkeypatch.setitem(sys.modules, "hub_config.open_site", Lacking())

    error = CliRunner().invoke(onboard, ["up"]).exception

    assert isinstance(error, MissingTool)
    assert "onboard up: the package jupyterhub is not installed" in error.message
