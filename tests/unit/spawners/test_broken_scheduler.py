"""squeue hangs, prints garbage, half a line, or another error: nothing is ended."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from spawners.batch.slurm import SlurmBatch
from spawners.errors import BatchUnavailable
from spawners.jobs import JobSpec, JobState
from spawners.machine import Environment, SessionSize
from spawners.pace import Pace
from spawners.watcher import Watcher

LIMIT_S = 20.0
GOOD = "echo '7|RUNNING|None|gpu1|1790000000|1790003600'"
BROKEN = {
    "it hangs": "sleep 60",
    "it prints garbage": "head -c 4096 /dev/urandom",
    "it prints half a line": "printf '7|COMPL'",
    "it prints nothing": "true",
    "it fails in a way that nobody knows": "echo 'slurm_load_jobs error: Kaboom' >&2; exit 1",
    "it crashes": "kill -SEGV $$",
    "the controller is away": (
        "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"
    ),
}

SPEC = JobSpec(
    name="job",
    comment="c1",
    argv=("true",),
    size=SessionSize(name="small", title="small", cpus=1, memory_mib=200, time_limit_s=60),
    environment=Environment(name="here", title="here", path="/opt"),
)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    aside = folder / f"{name}.new"
    aside.write_text(f"#!/bin/sh\n{script}\n")
    aside.chmod(0o755)
    aside.rename(folder / name)


@pytest.mark.parametrize("broken", BROKEN)
async def test_nothing_is_ended(commands: Path, broken: str) -> None:
    put(commands, "squeue", GOOD)
    # Whoever asks for the one job hears nothing better.
    put(commands, "scontrol", BROKEN[broken])
    put(commands, "sacct", BROKEN[broken])
    pace = Pace(fast_s=0.02, slow_s=0.02, longest_s=0.1, quick_s=0.01, per_minute=60_000)
    watcher = Watcher(SlurmBatch(timeout_s=0.5), pace)

    async with asyncio.timeout(LIMIT_S):
        async for sighting in watcher.changes("7"):
            if sighting.status.state is JobState.RUNNING:
                break
        put(commands, "squeue", f"echo . >> {commands}/asked; {BROKEN[broken]}")
        while not (commands / "asked").exists() or len((commands / "asked").read_text()) < 6:
            await asyncio.sleep(0.02)

    assert watcher.status("7").state is JobState.RUNNING
    await watcher.close()


async def test_a_new_start_says_soon_that_the_scheduler_does_not_answer(commands: Path) -> None:
    put(commands, "sbatch", "sleep 60")
    start = time.monotonic()

    with pytest.raises(BatchUnavailable, match="did not answer"):
        await SlurmBatch().submit(SPEC, {})

    assert time.monotonic() - start < 15


GONE = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1"


@pytest.mark.parametrize(
    "sacct",
    ["sleep 60", "exit 1", "echo '7|RUNNING|0:0|gpu1'"],
    ids=["hangs", "fails", "missed the end"],
)
async def test_a_job_that_the_controller_forgot_is_over_whatever_the_accounting_says(
    commands: Path, sacct: str
) -> None:
    put(commands, "scontrol", GONE)
    put(commands, "sacct", sacct)

    assert (await SlurmBatch(timeout_s=0.5).outcome("7")).state is JobState.GONE


async def test_a_job_is_over_where_there_is_no_accounting_at_all(
    commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(commands, "scontrol", GONE)
    monkeypatch.setenv("PATH", str(commands))

    assert (await SlurmBatch(timeout_s=5).outcome("7")).state is JobState.GONE


async def test_a_tool_that_cannot_be_run_is_a_scheduler_that_does_not_answer(
    commands: Path,
) -> None:
    (commands / "squeue").write_bytes(b"\0half an upgrade")
    (commands / "squeue").chmod(0o755)

    with pytest.raises(BatchUnavailable, match="could not be run"):
        await SlurmBatch(timeout_s=0.5).snapshot(["7"])


async def test_a_session_asks_the_scheduler_in_its_own_form(commands: Path) -> None:
    # what sbatch has in its environment, the job has as well
    put(commands, "sbatch", f"env > {commands}/handed; echo 7")
    put(commands, "squeue", f"env > {commands}/asked; {GOOD}")
    batch = SlurmBatch(timeout_s=5)

    await batch.submit(SPEC, {"JUPYTERHUB_API_TOKEN": "t"})
    await batch.snapshot(["7"])

    assert "SLURM_TIME_FORMAT" not in (commands / "handed").read_text()
    assert "JUPYTERHUB_API_TOKEN=t" in (commands / "handed").read_text()
    assert "SLURM_TIME_FORMAT=%s" in (commands / "asked").read_text()


@pytest.mark.parametrize(
    "said",
    [
        "Batch job submission failed: Slurm backup controller in standby mode",
        "Batch job submission failed: Zero Bytes were transmitted or received",
        "Batch job submission failed: Protocol authentication error",
    ],
)
async def test_nobody_judged_a_request_that_did_not_arrive(commands: Path, said: str) -> None:
    put(commands, "sbatch", f"echo 'sbatch: error: {said}' >&2; exit 1")

    with pytest.raises(BatchUnavailable):
        await SlurmBatch(timeout_s=5).submit(SPEC, {})
