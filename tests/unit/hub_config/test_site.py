"""A site from its TOML: every one that comes with the product, and what is wrong with another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console

from hub_config import hardware, open_site, site
from hub_config.cli import SiteTools
from spawners.errors import InvalidInput

GOOD = """
name = "there"
title = "There"
languages = ["en"]
data_dir = "/var/lib/there"
[login]
users = ["ada"]
[hub]
port = 9000
[machine]
name = "there"
batch = "slurm"
[[machine.partitions]]
name = "gpu"
max_time_s = 3600
[[machine.sizes]]
name = "gpu-1"
title = "1 GPU"
cpus = 4
memory_mib = 8192
time_limit_s = 3600
gpus = 1
partition = "gpu"
[[machine.environments]]
name = "default"
title = "Python"
path = "/opt/python"
"""


@pytest.mark.parametrize("name", site.names())
def test_every_site_of_the_product_loads(name: str) -> None:
    one = site.load(name)

    assert one.name == name
    assert one.machine.sizes


def test_a_site_of_an_operators_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    path.write_text(GOOD, encoding="utf-8")

    assert site.load(str(path)).hub.api_port == 9001


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "There"', 'titel = "There"', "titel"),
        ("port = 9000", "port = 80", "hub.port"),
        ('users = ["ada"]', 'users = ["ada; rm"]', "login.users"),
        ("time_limit_s = 3600", "time_limit_s = 7200", "longer than partition gpu"),
        ('partition = "gpu"', 'partition = "cpu"', "no partition is named cpu"),
        ('name = "gpu-1"', 'name = "gpu 1"', "machine.sizes.0.name"),
        ('path = "/opt/python"', 'path = "python"', "machine.environments.0.path"),
        ("[login]", "[login", "TOML"),
        (
            "[[machine.sizes]]",
            '[[machine.qos]]\nname = "slow"\n[[machine.sizes]]\nqos = "quick"',
            "no qos is named quick",
        ),
        (
            "[[machine.sizes]]",
            '[[machine.qos]]\nname = "slow"\nmax_time_s = 60\n[[machine.sizes]]\nqos = "slow"',
            "longer than qos slow",
        ),
        ('users = ["ada"]', 'users = ["ada"]\neveryone = true', "who may sign in"),
        ('users = ["ada"]', "everyone = true", "[login.oidc]"),
        ("[login]", '[unknown]\n"login.odic" = "What?"\n[login]', "no key login.odic"),
        ("[hub]\nport = 9000", "[hub.port]", "hub.port"),
        ('data_dir = "/var/lib/there"', "data_dir = 3", "data_dir"),
        ("[login]", 'trusted_keys = ["ssh-ed25519 AAAA"]\n[login]', "trusted_keys.0"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "there.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(InvalidInput) as problem:
        site.load(str(path))

    assert str(path) in problem.value.message
    assert said in problem.value.message


@pytest.mark.parametrize(
    ("old", "new", "fix"),
    [
        ('title = "There"', 'titel = "There"', "Did you mean title?"),
        ("port = 9000", "prot = 9000", "Did you mean hub.port?"),
        ("gpus = 1", "gpu = 1", "Did you mean machine.sizes.gpus?"),
        ("port = 9000", "submit_as_trainee = true", "Did you mean machine.submit_as_trainee?"),
        ("port = 9000", "colour = 3", "docs/sites.md lists every key"),
        ("cpus = 4\n", "", "Add it"),
    ],
)
def test_each_mistake_comes_with_its_fix(tmp_path: Path, old: str, new: str, fix: str) -> None:
    path = tmp_path / "there.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    assert any(fix in one.fix for one in site.mistakes(str(path)))


def test_where_nodes_come_whole_there_is_no_size_of_one_gpu(tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    whole = "max_time_s = 3600\ngpus_per_node = 4\nwhole_nodes = true"
    path.write_text(GOOD.replace("max_time_s = 3600", whole, 1), encoding="utf-8")

    (mistake,) = site.mistakes(str(path))

    assert "has all 4" in mistake.said


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ("cpus_per_node = 2", "cpus is 4"),
        ("memory_mib_per_node = 4096", "memory_mib is 8192"),
        ("gpus_per_node = 4", ""),
    ],
)
def test_a_size_fits_on_a_node(tmp_path: Path, node: str, said: str) -> None:
    path = tmp_path / "there.toml"
    path.write_text(
        GOOD.replace("max_time_s = 3600", f"max_time_s = 3600\n{node}", 1), encoding="utf-8"
    )

    assert [said in one.said for one in site.mistakes(str(path))] == [True] * bool(said)


def test_a_draft_says_what_is_to_be_settled_and_does_not_start() -> None:
    draft = site.load("meluxina_ai")

    with pytest.raises(InvalidInput) as refused:
        open_site.open_site(draft, None, Console(quiet=True))

    assert "machine.partitions" in draft.unknown
    assert all(key in refused.value.message for key in draft.unknown)
    assert "--toml" in refused.value.hint


def test_a_draft_whose_keys_are_settled_is_one_no_more(tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    path.write_text(site.text("meluxina").partition("[unknown]")[0], encoding="utf-8")
    settled = path.read_text(encoding="utf-8").replace("everyone = true", 'users = ["ada"]')
    path.write_text(settled, encoding="utf-8")

    site.load(str(path)).require_complete()


def test_whom_a_site_trusts_reaches_the_course_commands(tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    key = "5f" * 32
    path.write_text(GOOD.replace("[login]", f'trusted_keys = ["{key}"]\n[login]'), "utf-8")

    assert SiteTools().trusted_keys(str(path)) == (key,)
    assert SiteTools().trusted_keys("local") == ()


def test_local_and_onebox_come_first_and_are_ready() -> None:
    assert site.names()[:2] == ("local", "onebox")
    assert not site.load("local").unknown
    assert not site.load("onebox").unknown


def test_an_unknown_site_is_answered_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match=re.escape("local")):
        site.load("atlantis")


def test_the_gpus_of_this_machine_become_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "count_gpus", lambda: 2)

    sizes = site.load("local").machine.sizes

    assert [(size.name, size.gpus) for size in sizes if size.gpus] == [("gpu", 2)]


def test_gpus_are_counted_as_the_driver_lists_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\nprintf 'GPU 0: A100 (UUID: x)\\nGPU 1: A100 (UUID: y)\\n'\n")
    tool.chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert hardware.count_gpus() == 2

    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    assert hardware.count_gpus() == 0
