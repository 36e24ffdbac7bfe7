"""One query for everyone; only a confirmed end is an end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from spawners.batch.fake import FakeBatch
from spawners.errors import BatchUnavailable, MissingTool
from spawners.jobs import JobSpec, JobState, JobStatus, QueueSpot, Snapshot
from spawners.machine import Environment, SessionSize
from spawners.pace import Pace
from spawners.watcher import Watcher

LIMIT_S = 10.0


async def submitted(batch: FakeBatch) -> str:
    size = SessionSize(name="small", title="small", cpus=1, memory_mib=200, time_limit_s=60)
    here = Environment(name="here", title="here", path="/opt")
    spec = JobSpec(name="job", comment="c1", argv=("true",), size=size, environment=here)
    return await batch.submit(spec, {})


def watcher(batch: FakeBatch) -> Watcher:
    pace = Pace(fast_s=0.01, slow_s=0.02, longest_s=0.05, quick_s=0.001, per_minute=60_000)
    return Watcher(batch, pace)


async def seen(watch: Watcher, job_id: str, state: JobState) -> JobStatus:
    async with asyncio.timeout(LIMIT_S):
        async for sighting in watch.changes(job_id):
            if sighting.status.state is state:
                return sighting.status
    raise AssertionError(f"the job ended without being {state}")


async def test_each_change_is_seen_until_the_end() -> None:
    batch = FakeBatch()
    job_id = await submitted(batch)
    watch = watcher(batch)

    await seen(watch, job_id, JobState.PENDING)
    batch.set(job_id, JobState.RUNNING, host="node1")
    assert (await seen(watch, job_id, JobState.RUNNING)).host == "node1"
    batch.set(job_id, JobState.TIMEOUT)
    await seen(watch, job_id, JobState.TIMEOUT)


async def test_a_batch_system_that_is_silent_ends_nothing() -> None:
    batch = FakeBatch()
    job_id = await submitted(batch)
    batch.set(job_id, JobState.RUNNING, host="node1")
    watch = watcher(batch)
    await seen(watch, job_id, JobState.RUNNING)

    batch.failure = BatchUnavailable("silence")
    await asyncio.sleep(0)
    assert watch.status(job_id).state is JobState.RUNNING
    batch.failure = None

    batch.set(job_id, JobState.COMPLETED)
    await seen(watch, job_id, JobState.COMPLETED)


async def test_one_query_asks_for_every_job() -> None:
    asked: list[int] = []

    class Counting(FakeBatch):
        async def snapshot(self, job_ids: list[str]) -> Snapshot:  # type: ignore[override]
            asked.append(len(job_ids))
            return await super().snapshot(job_ids)

    batch = Counting()
    jobs = [await submitted(batch) for _ in range(20)]
    watch = watcher(batch)
    for job_id in jobs:
        watch.track(job_id)

    await seen(watch, jobs[0], JobState.PENDING)

    assert asked[0] == len(jobs)


async def test_a_copied_configuration_shares_the_one_watcher() -> None:
    from copy import deepcopy

    watch = watcher(FakeBatch())

    assert deepcopy({"watcher": watch})["watcher"] is watch


async def test_a_job_missing_from_an_answer_is_asked_for_by_itself(tmp_path: Path) -> None:
    class Forgetful(FakeBatch):
        async def snapshot(self, job_ids: list[str]) -> Snapshot:  # type: ignore[override]
            return Snapshot(jobs={})

    batch = Forgetful()
    job_id = await submitted(batch)
    batch.set(job_id, JobState.OUT_OF_MEMORY)

    await seen(watcher(batch), job_id, JobState.OUT_OF_MEMORY)


async def test_a_waiting_job_knows_its_place_and_a_running_one_has_none() -> None:
    batch = FakeBatch()
    job_id = await submitted(batch)
    batch.spots[job_id] = QueueSpot(partition="gpu", position=3, waiting=7)
    watch = watcher(batch)

    await seen(watch, job_id, JobState.PENDING)

    assert watch.sighting(job_id).spot == batch.spots[job_id]
    batch.set(job_id, JobState.RUNNING, host="node1")
    await seen(watch, job_id, JobState.RUNNING)
    assert watch.sighting(job_id).spot is None


async def test_whoever_waits_is_told_when_the_scheduler_falls_silent_and_answers_again() -> None:
    batch = FakeBatch()
    job_id = await submitted(batch)
    watch = watcher(batch)
    answered = []

    async with asyncio.timeout(LIMIT_S):
        async for sighting in watch.changes(job_id):
            if answered[-1:] != [sighting.answered]:
                answered.append(sighting.answered)
            if sighting.status.state is JobState.PENDING and answered == [True]:
                batch.failure = BatchUnavailable("silence")
            if answered == [True, False]:
                batch.failure = None
            if answered == [True, False, True]:
                break

    assert watch.status(job_id).state is JobState.PENDING
    assert watch.age_s is not None


async def test_a_queue_that_cannot_be_listed_keeps_no_session_from_beginning() -> None:
    class LongQueue(FakeBatch):
        async def queue(self) -> dict[str, QueueSpot]:
            raise BatchUnavailable("10,000 jobs take longer than 10 s to list")

    batch = LongQueue()
    job_id = await submitted(batch)
    watch = watcher(batch)

    answered = []
    async with asyncio.timeout(LIMIT_S):
        async for sighting in watch.changes(job_id):
            answered.append(sighting.answered)
            if sighting.status.state is JobState.PENDING:
                break

    assert all(answered)


async def test_one_end_that_cannot_be_confirmed_keeps_no_other_session_waiting() -> None:
    class OneIsMute(FakeBatch):
        async def outcome(self, job_id: str) -> JobStatus:
            if job_id == "1":
                raise BatchUnavailable("scontrol hangs")
            return await super().outcome(job_id)

    batch = OneIsMute()
    mute, other = await submitted(batch), await submitted(batch)
    watch = watcher(batch)
    watch.track(mute)
    batch.set(mute, JobState.FAILED)
    batch.set(other, JobState.RUNNING, host="node1")

    await seen(watch, other, JobState.RUNNING)

    assert watch.status(mute).state is JobState.UNKNOWN


async def test_how_a_job_ended_is_kept_when_it_is_forgotten_before_the_second_question() -> None:
    class Quick(FakeBatch):
        async def outcome(self, job_id: str) -> JobStatus:
            return JobStatus(state=JobState.GONE)

    batch = Quick()
    job_id = await submitted(batch)
    batch.set(job_id, JobState.TIMEOUT)

    await seen(watcher(batch), job_id, JobState.TIMEOUT)


@pytest.mark.parametrize(
    "failure", [MissingTool("squeue is not on this machine"), ValueError("nobody foresaw it")]
)
async def test_nothing_that_goes_wrong_is_the_last_look(failure: Exception) -> None:
    class Stumbling(FakeBatch):
        stumbled = False

        async def snapshot(self, job_ids: list[str]) -> Snapshot:  # type: ignore[override]
            if not self.stumbled:
                self.stumbled = True
                raise failure
            return await super().snapshot(job_ids)

    batch = Stumbling()
    job_id = await submitted(batch)

    await seen(watcher(batch), job_id, JobState.PENDING)

    assert batch.stumbled


@pytest.fixture(autouse=True)
async def _no_task_left() -> object:
    yield
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
