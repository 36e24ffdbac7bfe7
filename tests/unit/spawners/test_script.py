"""The batch script: the same for the same job, and a value stays a value."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spawners.jobs import JobSpec, SessionLimits
from spawners.machine import Dialect, Environment, GpuOption, SessionSize
from spawners.script import directives, render
from spawners.session_file import VARIABLE, read

GOLDEN = Path(__file__).with_name("golden")


def spec(**changes: object) -> JobSpec:
    return JobSpec.model_validate(
        {
            "name": "onboard-session",
            "comment": "onboard-0011",
            "argv": ("python", "-m", "spawners.session_server", "--a=b c"),
            "size": SessionSize(
                name="gpu-1",
                title="1 GPU",
                cpus=4,
                memory_mib=8192,
                time_limit_s=7200,
                gpus=1,
                partition="gpu",
            ),
            "environment": Environment(name="default", title="Python", path="/opt/env"),
            "user": "trainee01",
            "workdir": "~/courses",
            "session": SessionLimits(idle_limit_s=3600, gpu_idle_limit_s=1800),
            "variables": {"SECOND": "it's $(two)", "FIRST": "1"},
            **changes,
        }
    )


def test_the_script_of_a_gpu_session_is_the_golden_one() -> None:
    assert render(spec()) == (GOLDEN / "gpu-session.sh").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "asked"),
    [
        ("gres", "--gres=gpu:1"),
        ("gpus", "--gpus=1"),
        ("gpus-per-node", "--gpus-per-node=1"),
        ("gpus-per-task", "--gpus-per-task=1"),
    ],
)
def test_gpus_are_asked_for_as_the_machine_wants_it(option: GpuOption, asked: str) -> None:
    said = directives(spec(dialect=Dialect(gpu_option=option)))

    assert [one for one in said if "gpu" in one] == ["--partition=gpu", asked]


def test_a_session_without_gpus_asks_for_none() -> None:
    job = spec(size=spec().size.model_copy(update={"gpus": 0, "partition": None}))

    assert not [one for one in directives(job) if "gpu" in one]


def test_where_nodes_come_whole_no_memory_is_asked_for() -> None:
    assert "--mem=8192M" in directives(spec())
    assert not [
        one for one in directives(spec(dialect=Dialect(ask_memory=False))) if "--mem" in one
    ]


def test_the_machines_own_options_cannot_undo_ours() -> None:
    # sbatch takes the last of an option that is there twice
    said = directives(spec(dialect=Dialect(options=("--hint=nomultithread", "--nodes=9"))))

    assert said[0] == "--hint=nomultithread"
    assert [one for one in said if one.startswith("--nodes=")][-1] == "--nodes=1"


def test_a_size_runs_under_its_qos_unless_another_was_chosen() -> None:
    size = spec().size.model_copy(update={"qos": "short"})

    assert "--qos=short" in directives(spec(size=size))
    assert "--qos=long" in directives(spec(size=size, qos="long"))


def test_a_login_shell_is_the_machines_wish() -> None:
    assert render(spec()).startswith("#!/bin/bash\n")
    assert render(spec(dialect=Dialect(login_shell=True))).startswith("#!/bin/bash -l\n")


@pytest.mark.parametrize("value", ["x\n#SBATCH --nodes=99", "$(id)", "`id`", "'; id; '", "\\", ""])
def test_a_variable_reaches_the_job_as_it_is(value: str, tmp_path: Path) -> None:
    assert _printed(value, tmp_path) == value


@settings(max_examples=25, deadline=None)
@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_any_variable_reaches_the_job_as_it_is(
    value: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert _printed(value, tmp_path_factory.mktemp("job")) == value


@given(value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_no_variable_adds_a_request_to_the_scheduler(value: str) -> None:
    # sbatch reads its requests from the comments at the top, up to the first command.
    def requests(script: str) -> list[str]:
        top = script.split("umask", 1)[0]
        return [line for line in top.splitlines() if line.startswith("#SBATCH")]

    assert requests(render(spec(variables={"X": value}))) == requests(render(spec()))


def test_a_missing_environment_is_said_in_the_log(tmp_path: Path) -> None:
    job = spec(
        environment=Environment(name="default", title="Python", path=str(tmp_path / "none")),
        log=str(tmp_path / "job.log"),
        workdir=str(tmp_path / "work"),
    )

    done = subprocess.run(["bash"], input=render(job), text=True, timeout=10, check=False)

    assert done.returncode == 72
    assert "The environment is missing" in (tmp_path / "job.log").read_text(encoding="utf-8")


def test_what_a_full_home_does_not_take_of_the_session_is_told_from_the_node(
    tmp_path: Path,
) -> None:
    home, node = tmp_path / "home", tmp_path / "node"
    home.mkdir()
    node.mkdir()
    (home / ".onboard").write_text("")  # nothing can be written there
    out = tmp_path / "out"
    job = spec(
        argv=("/bin/bash", "-c", f'printf %s "${VARIABLE}" > {out}'),
        environment=Environment(name="default", title="Python", path=_python_home(tmp_path)),
        workdir=str(home),
        log=str(home / ".onboard" / "job.log"),
    )
    env = {**os.environ, "HOME": str(home), "TMPDIR": str(node), "SLURM_JOB_ID": "42"}

    done = subprocess.run(
        ["bash"], input=render(job), text=True, timeout=10, check=False, env=env,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip

    assert done.returncode == 0
    path = Path(out.read_text())
    assert path.is_relative_to(node)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    described = read(path)
    assert described is not None
    assert described.job_id == "42"
    assert json.loads(path.read_text())["grant"]["idle_limit_s"] == 3600


def _printed(value: str, folder: Path) -> str:
    out = folder / "out"
    program = 'printf %s "$X" > ' + str(out)
    job = spec(
        argv=("/bin/bash", "-c", program),
        variables={"X": value},
        environment=Environment(name="default", title="Python", path=_python_home(folder)),
        log=str(folder / "job.log"),
        workdir=str(folder),
    )
    env = {**os.environ, "HOME": str(folder)}
    subprocess.run(["bash"], input=render(job), text=True, timeout=10, check=True, env=env)
    return out.read_bytes().decode()


def _python_home(folder: Path) -> str:
    python = folder / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n", encoding="utf-8")
    python.chmod(0o755)
    return str(folder / "env")
