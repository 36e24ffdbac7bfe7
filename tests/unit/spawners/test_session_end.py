"""What a trainee is told of an end, and what is left behind, when things go wrong meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from hubless_spawner import HOST, LIMIT_S, PORT, Bench, until
from jupyterhub.spawner import SpawnException
from sqlalchemy import text

from spawners import returning_spawner
from spawners import spawner as sessions
from spawners.errors import BatchUnavailable
from spawners.jobs import FoundJob, JobSpec, JobState
from spawners.session_state import SessionState
from spawners.standing import Cause

SILENCE = BatchUnavailable("Unable to contact slurm controller")


def told(spawner: Any) -> Cause | None:
    end = spawner.standing().end
    return end.cause if end else None


def taken_up(bench: Bench, kept: Mapping[str, Any]) -> Any:
    """Return the session as a restarted hub has it, with its check under way."""
    again = bench.spawner()
    again.load_state(dict(kept))
    again._check_pending = True
    return again


async def test_a_scheduler_that_is_silent_at_a_stop_takes_no_reason_away(bench: Bench) -> None:
    spawner = bench.spawner()
    await bench.running(spawner)
    bench.batch.failure = SILENCE

    with pytest.raises(BatchUnavailable):
        await asyncio.wait_for(spawner.stop(), LIMIT_S)

    assert told(spawner) is Cause.STOPPED


async def test_a_job_that_a_node_cannot_end_keeps_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a node that is never done with the job: COMPLETING, for hours
    monkeypatch.setattr(sessions, "END_S", 0.1)
    spawner = bench.spawner()
    job_id = await bench.running(spawner)

    async def begun(_job_id: str, _user: str | None = None) -> None:
        bench.batch.asked.append(("cancel", job_id))

    monkeypatch.setattr(bench.batch, "cancel", begun)

    await asyncio.wait_for(spawner.stop(), LIMIT_S)

    assert bench.batch.asked[-1][0] != "submit"
    assert ("cancel", job_id) in bench.batch.asked
    assert told(spawner) is Cause.STOPPED


async def test_a_session_that_was_not_reached_because_its_job_had_ended_says_so(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a hub that asks its session for an answer, and a job that outgrew its memory meanwhile
    spawner = bench.spawner()
    job_id = await bench.running(spawner)
    spawner._waiting_for_response = True

    async def too_late(_job_id: str, _user: str | None = None) -> None:
        bench.batch.set(job_id, JobState.OUT_OF_MEMORY)

    monkeypatch.setattr(bench.batch, "cancel", too_late)

    await asyncio.wait_for(spawner.stop(), LIMIT_S)

    assert told(spawner) is Cause.OUT_OF_MEMORY


async def test_a_session_that_answered_nobody_is_not_reached(bench: Bench) -> None:
    spawner = bench.spawner()
    await bench.running(spawner)
    spawner._waiting_for_response = True

    await asyncio.wait_for(spawner.stop(), LIMIT_S)

    assert told(spawner) is Cause.NOT_REACHED


async def test_a_start_is_cancelled_at_once_and_its_job_taken_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an sbatch that takes its time
    asked, answer = asyncio.Event(), asyncio.Event()
    submit = bench.batch.submit

    async def slow(spec: JobSpec, secrets: Mapping[str, str]) -> str:
        asked.set()
        await answer.wait()
        return await submit(spec, secrets)

    monkeypatch.setattr(bench.batch, "submit", slow)
    spawner = bench.spawner()
    starting = asyncio.create_task(spawner.start())
    await asyncio.wait_for(asked.wait(), LIMIT_S)

    # when the trainee cancels: JupyterHub waits one second for it, then stops the session
    starting.cancel()
    done, _ = await asyncio.wait({starting}, timeout=1.0)
    assert starting in done
    assert starting.cancelled()
    answer.set()

    # then the job that came of it all the same is cancelled
    await until(lambda: bench.batch.asked[-1:] == [("cancel", "trainee01")])
    assert [one.state for one in bench.batch.statuses.values()] == [JobState.CANCELLED]


async def test_a_start_that_waits_can_be_cancelled_after_a_restart_of_the_hub(bench: Bench) -> None:
    # given a restarted hub whose session is still in the queue
    first = bench.spawner()
    starting = asyncio.create_task(first.start())
    await bench.job_of(first, starting)
    starting.cancel()
    again = taken_up(bench, first.get_state())
    check = asyncio.create_task(again.poll())
    await until(lambda: again._spawn_future is not None)

    # when JupyterHub cancels it: the start's future, and a stop once nothing is pending
    again._spawn_future.cancel()
    await until(lambda: not again.pending, 1.0)
    await asyncio.wait_for(again.stop(), LIMIT_S)

    # then the trainee ended it, and nobody else
    assert told(again) is Cause.STOPPED
    assert await asyncio.wait_for(check, LIMIT_S) == 1
    assert again._spawn_future is None


async def test_who_ended_a_session_that_was_taken_up_is_told_right(bench: Bench) -> None:
    # given a check that waits for the same end as the stop, and hears of it first
    first = bench.spawner()
    starting = asyncio.create_task(first.start())
    await bench.job_of(first, starting)
    starting.cancel()
    again = taken_up(bench, first.get_state())
    check = asyncio.create_task(again.poll())
    await until(lambda: bench.watcher.status(again.session.job_id).state is JobState.PENDING)

    await asyncio.wait_for(again.stop(), LIMIT_S)

    assert await asyncio.wait_for(check, LIMIT_S) == 1
    assert told(again) is Cause.STOPPED


async def test_a_session_that_was_ready_comes_back_while_the_scheduler_is_silent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning_spawner, "_RETURN_S", 0.1)
    first = bench.spawner()
    job_id = await bench.running(first)
    bench.watcher.forget(job_id)  # a new process knows nothing
    bench.batch.failure = SILENCE

    again = taken_up(bench, first.get_state())

    assert await asyncio.wait_for(again.poll(), LIMIT_S) is None
    assert f"//{HOST}:{PORT}/" in await again.get_url()


async def test_a_restart_of_the_hub_leaves_the_time_at_which_a_session_was_ready(
    bench: Bench,
) -> None:
    first = bench.spawner()
    await bench.running(first)
    kept = {**first.get_state(), "ready_at": 1790000000.0}

    again = taken_up(bench, kept)
    await asyncio.wait_for(again.poll(), LIMIT_S)

    assert again.standing().ready_at == 1790000000.0


async def test_a_job_with_a_comment_that_was_read_in_the_queue_is_not_taken_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a hub that died before sbatch answered, and somebody who wrote the comment off
    spawner = bench.spawner()
    job_id = await bench.running(spawner)
    kept = {**spawner.get_state(), "job_id": "", "ready_at": None}
    find = bench.batch.find

    async def spoiled(comments: str) -> list[FoundJob]:
        theirs = FoundJob(job_id="666", comment=comments, user="eve", state=JobState.RUNNING)
        return [theirs, *await find(comments)]

    monkeypatch.setattr(bench.batch, "find", spoiled)

    again = taken_up(bench, kept)
    assert await asyncio.wait_for(again.poll(), LIMIT_S) is None

    assert again.get_state()["job_id"] == job_id


async def test_a_database_that_takes_nothing_refuses_a_start_and_goes_on(bench: Bench) -> None:
    # given a disk that is full
    spawner = bench.spawner()
    bench.rows.execute(text("PRAGMA query_only = ON"))

    with pytest.raises(SpawnException, match="cannot keep its records") as refused:
        await asyncio.wait_for(spawner.start(), LIMIT_S)

    # then nothing was submitted, and once there is room everything works again
    assert refused.value.status_code == 503
    assert bench.batch.specs == {}
    bench.rows.execute(text("PRAGMA query_only = OFF"))
    await bench.running(spawner)


def test_an_older_release_reads_what_a_newer_one_kept() -> None:
    kept = {"comment": "onboard-a-1", "token_id": 5, "of_a_newer_release": True}

    assert SessionState.of(kept).comment == "onboard-a-1"
