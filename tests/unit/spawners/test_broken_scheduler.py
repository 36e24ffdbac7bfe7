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
    spec = JobSpec(
        name="job",
        comment="c1",
        argv=("true",),
        size=SessionSize(name="small", title="small", cpus=1, memory_mib=200, time_limit_s=60),
        environment=Environment(name="here", title="here", path="/opt"),
    )
    start = time.monotonic()

    with pytest.raises(BatchUnavailable, match="did not answer"):
        await SlurmBatch().submit(spec, {})

    assert time.monotonic() - start < 15
