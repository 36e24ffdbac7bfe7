"""One contract for every batch system: submit, snapshot, cancel, outcome."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from spawners.batch.fake import FakeBatch
from spawners.batch.local import LocalBatch
from spawners.batch.slurm import SlurmBatch
from spawners.jobs import Batch, JobSpec, JobState, JobStatus
from spawners.machine import Environment, SessionSize

LIMIT_S = 60.0
Make = Callable[..., JobSpec]


@pytest.fixture(
    params=["fake", "local", pytest.param("slurm", marks=[pytest.mark.slurm])],
)
async def batch(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Batch]:
    if request.param == "fake":
        yield _Obliging()
    elif request.param == "local":
        local = LocalBatch(tmp_path / "state")
        yield local
        await local.end_all()
    else:
        request.getfixturevalue("cluster")
        yield SlurmBatch()


class _Obliging(FakeBatch):
    """A fake that runs its jobs: what a test asks of a real system is told here in advance."""

    async def submit(self, spec: JobSpec, secrets: dict[str, str]) -> str:  # type: ignore[override]
        job_id = await super().submit(spec, secrets)
        words = " ".join(spec.argv)
        if "sleep" in words:
            self.set(job_id, JobState.RUNNING, host="node1")
        elif "exit 3" in words:
            self.statuses[job_id] = JobStatus(state=JobState.FAILED, exit_code=3)
        else:
            self.set(job_id, JobState.COMPLETED)
            for name, value in {**spec.variables, **secrets}.items():
                await asyncio.to_thread(_write, Path(spec.workdir) / name, value)
        return job_id


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def job(script: str, **changes: object) -> JobSpec:
        return JobSpec.model_validate(
            {
                "name": "contract",
                "comment": "contract-1",
                "argv": ("/bin/bash", "-c", script),
                "size": SessionSize(
                    name="small", title="small", cpus=1, memory_mib=200, time_limit_s=120
                ),
                "environment": Environment(name="here", title="here", path=sys.prefix),
                "workdir": str(tmp_path),
                "log": str(tmp_path / "log" / "job-%j.log"),
                **changes,
            }
        )

    return job


async def until(batch: Batch, job_id: str, state: Callable[[JobState], bool]) -> JobStatus:
    async with asyncio.timeout(LIMIT_S):
        while True:
            status = (await batch.snapshot([job_id])).of(job_id)
            if status.state is JobState.UNKNOWN:
                status = await batch.outcome(job_id)
            if state(status.state):
                return status
            await asyncio.sleep(0.1)


def ended(state: JobState) -> bool:
    return state.ended


def running(state: JobState) -> bool:
    return state is JobState.RUNNING


async def test_a_job_that_ends_well_is_completed(batch: Batch, make: Make) -> None:
    job_id = await batch.submit(make("true"), {})

    assert (await until(batch, job_id, ended)).state is JobState.COMPLETED


async def test_a_job_that_fails_says_with_which_code(batch: Batch, make: Make) -> None:
    job_id = await batch.submit(make("exit 3"), {})
    await until(batch, job_id, ended)

    outcome = await batch.outcome(job_id)

    assert (outcome.state, outcome.exit_code) == (JobState.FAILED, 3)


async def test_a_running_job_names_its_host_and_can_be_cancelled(batch: Batch, make: Make) -> None:
    job_id = await batch.submit(make("sleep 300"), {})
    assert (await until(batch, job_id, running)).host

    await batch.cancel(job_id)

    assert (await until(batch, job_id, ended)).state is JobState.CANCELLED


async def test_a_job_that_has_ended_is_cancelled_without_complaint(
    batch: Batch, make: Make
) -> None:
    job_id = await batch.submit(make("true"), {})
    before = await until(batch, job_id, ended)

    await batch.cancel(job_id)

    assert (await batch.outcome(job_id)).state is before.state


async def test_variables_and_secrets_reach_the_job(
    batch: Batch, make: Make, tmp_path: Path
) -> None:
    script = 'printf %s "$PUBLIC" > PUBLIC; printf %s "$TOKEN" > TOKEN'
    job = make(script, variables={"PUBLIC": "it's $(public)\n"})

    job_id = await batch.submit(job, {"TOKEN": "only-here"})
    await until(batch, job_id, ended)

    assert (tmp_path / "PUBLIC").read_text(encoding="utf-8") == "it's $(public)\n"
    assert (tmp_path / "TOKEN").read_text(encoding="utf-8") == "only-here"


async def test_a_job_nobody_knows_is_unknown_to_a_snapshot_and_gone_when_asked_for(
    batch: Batch,
) -> None:
    nobody = "0123456789abcdef" if isinstance(batch, LocalBatch) else "99999999"

    snapshot = await batch.snapshot([nobody])

    assert snapshot.of(nobody).state in (JobState.UNKNOWN, JobState.GONE)
    assert (await batch.outcome(nobody)).state is JobState.GONE


async def test_two_jobs_are_told_apart_in_one_snapshot(batch: Batch, make: Make) -> None:
    one, two = await batch.submit(make("sleep 300"), {}), await batch.submit(make("exit 3"), {})
    await until(batch, two, ended)
    await until(batch, one, running)

    snapshot = await batch.snapshot([one, two])

    assert (snapshot.of(one).state, snapshot.of(two).state) == (JobState.RUNNING, JobState.FAILED)
    await batch.cancel(one)
