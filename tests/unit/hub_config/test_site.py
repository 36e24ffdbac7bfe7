"""A site from its TOML: every one that comes with the product, and what is wrong with another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub_config import hardware, site
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
