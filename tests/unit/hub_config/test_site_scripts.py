"""The batch script of every site, for each of its session sizes, byte by byte.

When a script is meant to change, write the golden files again and read the difference:

    ONBOARD_WRITE_GOLDEN=1 python -m pytest tests/unit/hub_config/test_site_scripts.py
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub_config import site
from spawners.jobs import JobSpec
from spawners.machine import Machine, SessionSize
from spawners.script import render

GOLDEN = Path(__file__).with_name("golden")
BATCH_SITES = [name for name in site.names() if site.load(name).machine.batch == "slurm"]


def script(machine: Machine, size: SessionSize) -> str:
    """Return the script of a session of that size, as the hub would submit it."""
    # This test's own Python is not what a golden file should tell of.
    environment = machine.environments[0].model_copy(update={"path": "/opt/environment"})
    return render(
        JobSpec(
            name="onboard-session",
            comment="onboard-0011",
            argv=("python", "-m", "spawners.session_server"),
            size=size,
            environment=environment,
            user="trainee01",
            workdir=machine.workspace,
            account=None if machine.account == "none" else "project1",
            dialect=machine.dialect,
        )
    )


@pytest.mark.parametrize("name", BATCH_SITES)
def test_the_scripts_of_a_site_are_the_golden_ones(name: str) -> None:
    machine = site.load(name).machine
    scripts = (f"===== {size.name} =====\n{script(machine, size)}" for size in machine.sizes)
    written = "".join(scripts)
    path = GOLDEN / f"{name}.txt"

    if os.environ.get("ONBOARD_WRITE_GOLDEN"):
        path.write_text(written, encoding="utf-8")

    assert path.read_bytes() == written.encode()


def test_every_golden_file_is_of_a_site() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(BATCH_SITES)


def test_a_whole_node_of_meluxina_is_asked_for_as_its_users_do() -> None:
    golden = (GOLDEN / "meluxina.txt").read_text(encoding="utf-8")
    gpu_node = golden.split("===== gpu-node =====\n")[1].split("=====")[0]

    assert gpu_node.startswith("#!/bin/bash -l\n")
    for line in ("--account=project1", "--qos=short", "--gpus=4", "--hint=nomultithread"):
        assert f"#SBATCH {line}\n" in gpu_node
    assert "--mem" not in gpu_node
