"""batchspawner 1.3.0's own cases, by their meaning, against our spawner (docs/batchspawner.md).

Written anew for this class and its `FakeBatch`; the names are those of the cases there. No code
of theirs (BSD-3-Clause) is taken over.
"""

from __future__ import annotations

import asyncio

import pytest
from hubless_spawner import HOST, LIMIT_S, PORT, Bench, until
from jupyterhub.spawner import SpawnException

from spawners.errors import BatchUnavailable, SubmissionRejected
from spawners.jobs import JobState


async def test_spawner_start_stop_poll(bench: Bench) -> None:
    spawner = bench.spawner()
    assert await spawner.poll() == 1
    assert spawner.get_state() == {}

    await bench.running(spawner)
    assert await spawner.poll() is None

    await asyncio.wait_for(spawner.stop(), LIMIT_S)
    assert await spawner.poll() == 1
    spawner.clear_state()
    assert spawner.get_state() == {}


async def test_stress_submit(bench: Bench) -> None:
    # given 200 trainees who start at once (in the original nobody awaits these)
    spawners = [bench.spawner(f"trainee{number}") for number in range(200)]

    # when all their jobs run
    jobs = await asyncio.gather(*(bench.running(one) for one in spawners))

    # then each has a job of its own, and one query was for all of them
    assert len(set(jobs)) == 200
    assert bench.batch.queries < 20
    await asyncio.gather(*(asyncio.wait_for(one.stop(), LIMIT_S) for one in spawners))
    assert [await one.poll() for one in spawners] == [1] * 200


async def test_spawner_state_reload(bench: Bench) -> None:
    first = bench.spawner()
    job_id = await bench.running(first)
    kept = first.get_state()

    # when a restarted hub takes up what was kept
    again = bench.spawner()
    again.clear_state()
    assert again.get_state() == {}
    again.load_state(kept)

    assert again.get_state() == kept
    assert kept["job_id"] == job_id
    assert await asyncio.wait_for(again.poll(), LIMIT_S) is None
    assert f"//{HOST}:{PORT}/" in await again.get_url()


async def test_submit_failure(bench: Bench) -> None:
    spawner = bench.spawner()
    bench.batch.failure = SubmissionRejected("The scheduler refused the job: no such partition")

    with pytest.raises(SpawnException, match="no such partition"):
        await asyncio.wait_for(spawner.start(), LIMIT_S)

    assert not spawner.get_state().get("job_id")
    assert bench.batch.specs == {}
    assert await spawner.poll() == 1


async def test_submit_pending_fails(bench: Bench) -> None:
    # given a job that is gone as soon as it is submitted
    bench.batch.first_state = JobState.GONE
    spawner = bench.spawner()

    with pytest.raises(SpawnException):
        await asyncio.wait_for(spawner.start(), LIMIT_S)

    assert await spawner.poll() == 1


async def test_poll_fails(bench: Bench) -> None:
    # given a session that runs
    spawner = bench.spawner()
    job_id = await bench.running(spawner)

    # when the batch system says for certain that it no longer knows the job
    del bench.batch.statuses[job_id]
    bench.watcher.track(job_id)
    changes = bench.watcher.changes(job_id)  # somebody waits: it asks fast
    try:
        await anext(changes)
        await bench.polled(spawner, 1)
    finally:
        await changes.aclose()


async def test_unknown_status(bench: Bench) -> None:
    spawner = bench.spawner()
    job_id = await bench.running(spawner)

    # when the batch system does not answer, and is asked
    bench.batch.failure = BatchUnavailable("silence")
    before = len(bench.batch.asked)
    changes = bench.watcher.changes(job_id)
    try:
        await anext(changes)
        await until(lambda: len(bench.batch.asked) != before)

        # then the session is there all the same
        assert await spawner.poll() is None
        assert spawner.get_state()["job_id"] == job_id
    finally:
        await changes.aclose()


async def test_templates(bench: Bench) -> None:
    # given no job: nothing is asked
    spawner = bench.spawner()
    assert await spawner.poll() == 1
    assert bench.batch.asked == []

    # when it starts: submitted once, then looked for
    await bench.running(spawner)
    words = [word for word, _ in bench.batch.asked]
    assert words[0] == "submit"
    assert set(words[1:]) == {"snapshot"}

    # when it stops: cancelled once, and the end confirmed before stop() returns
    await asyncio.wait_for(spawner.stop(), LIMIT_S)
    after = [word for word, _ in bench.batch.asked[len(words) :]]
    assert after.count("cancel") == 1
    assert after[-1] == "outcome"


async def test_batch_script(bench: Bench) -> None:
    job_id = await bench.running(bench.spawner())

    last = bench.batch.scripts[job_id].splitlines()[-1]
    assert last.startswith("exec /opt/python/bin/python -m spawners.session_server")


async def test_exec_prefix(bench: Bench) -> None:
    # given a session from its start to its end
    spawner = bench.spawner("trainee02")
    await bench.running(spawner)
    await asyncio.wait_for(spawner.stop(), LIMIT_S)

    # then what changes something is done as the trainee; questions are asked as the hub itself
    users = dict(bench.batch.asked)
    assert users == {
        "submit": "trainee02", "cancel": "trainee02", "snapshot": None, "outcome": None
    }  # fmt: skip


async def test_slurm(bench: Bench) -> None:
    # given two sizes, and a scheduler that is silent for a moment while the job waits
    small, gpu = bench.spawner("trainee01"), bench.spawner("trainee02", size="gpu")
    starting = asyncio.create_task(small.start())
    job_id = await bench.job_of(small, starting)
    bench.batch.failure = BatchUnavailable("Unable to contact slurm controller")
    before = len(bench.batch.asked)
    await until(lambda: len(bench.batch.asked) != before)
    assert not starting.done()
    bench.batch.failure = None

    # when it answers again
    bench.batch.set(job_id, JobState.RUNNING, host=HOST)
    small.take_port(PORT)

    # then the start has survived, and each script asks for its own size
    assert await asyncio.wait_for(starting, LIMIT_S) == (HOST, PORT)
    lines = bench.batch.scripts[job_id].splitlines()
    for option in ("--cpus-per-task=5", "--mem=5678M", "--time=310"):
        assert f"#SBATCH {option}" in lines
    assert not [line for line in lines if "--gres" in line]
    gpu_script = bench.batch.scripts[await bench.running(gpu)]
    assert "#SBATCH --gres=gpu:2" in gpu_script.splitlines()


async def test_keepvars(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    # given a hub with a variable of its own, and one that sessions may have
    monkeypatch.setenv("ABCDE", "the hub's alone")
    spawner = bench.spawner()
    spawner.environment = {"ABCDE": "the hub's alone", "JUPYTERHUB_XYZ": "theirs"}

    job_id = await bench.running(spawner)

    # then only JUPYTERHUB_* is exported, and the token is in no script
    script = bench.batch.scripts[job_id]
    assert "export JUPYTERHUB_XYZ=theirs" in script.splitlines()
    assert "ABCDE" not in script
    assert spawner.api_token not in script
    handed = bench.batch.secrets[job_id]
    assert handed["JUPYTERHUB_API_TOKEN"] == spawner.api_token
    assert "ABCDE" not in handed
