"""Which machine can be a cluster, and what is said where it cannot."""

import os
import subprocess
from pathlib import Path

import pytest

from hub_config.onebox import packages
from spawners.errors import MissingTool

NO_NETWORK = """\
W: Failed to fetch http://deb/InRelease  Could not resolve 'deb'
E: Unable to locate package slurm-wlm
E: Some other thing
"""


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An os-release(5) file of Debian's."""
    path = tmp_path / "os-release"
    path.write_text("ID=debian\n")
    monkeypatch.setattr(packages, "_OS_RELEASE", path)
    return path


@pytest.mark.parametrize(
    ("text", "suits"),
    [
        ("ID=debian\n", True),
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ('ID=fedora\nID_LIKE="rhel"\n', False),
        ("NAME=debian-like\n", False),
        ("", False),
    ],
)
def test_debian_and_its_children_are_known(text: str, suits: bool):
    assert packages.is_debian(text) is suits


def test_another_system_is_refused_in_one_sentence(debian: Path):
    debian.write_text("ID=fedora\n")

    with pytest.raises(MissingTool, match="needs Debian or Ubuntu"):
        packages.require()


def test_who_is_not_root_is_refused_in_one_sentence(debian: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(MissingTool, match="needs root"):
        packages.require()


def test_nothing_is_installed_where_all_is_there(monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(packages, "find", lambda name: f"/bin/{name}")
    monkeypatch.setattr(packages, "ask", lambda *argv, **rest: asked.append(argv))

    packages.install()

    assert asked == []


def test_the_lists_are_refreshed_before_the_install(monkeypatch: pytest.MonkeyPatch):
    # given a machine without munge, where apt-get works
    asked: list[tuple[str, ...]] = []

    def apt(*argv: str, **rest: object) -> subprocess.CompletedProcess[str]:
        asked.append(argv)
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(
        packages, "find", lambda name: None if name == "munged" and len(asked) < 2 else "/bin/x"
    )
    monkeypatch.setattr(packages, "ask", apt)

    packages.install()

    assert [argv[2] for argv in asked] == ["update", "install"]
    assert asked[1][-1] == "munge"


def test_no_network_is_one_sentence_in_apts_words(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packages, "find", lambda name: None)
    monkeypatch.setattr(
        packages,
        "ask",
        lambda *argv, **rest: subprocess.CompletedProcess(argv, 100, "", NO_NETWORK),
    )

    with pytest.raises(MissingTool) as raised:
        packages.install()

    assert "Unable to locate package slurm-wlm" in raised.value.message
    assert "network" in raised.value.hint
