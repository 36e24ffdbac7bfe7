"""The controller is gone for three minutes, with a class at work: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from typing import Any

import pytest
from bench import press, running
from running_cluster import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(600)]

RUNNING, WAITING = 20, 5
AWAY_S = 180.0
SAYS_SO_WITHIN_S = 15.0
SETTLES_WITHIN_S = 120.0


def queue() -> dict[str, str]:
    """Return the sessions' jobs: id -> state."""
    query = ("squeue", "--noheader", "--name=onboard-session", "--format=%i %T")
    shown = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout
    return dict(line.split() for line in shown.splitlines())


async def until_queue(running_jobs: int, waiting: int) -> dict[str, str]:
    async with asyncio.timeout(SETTLES_WITHIN_S):
        while True:
            states = list((jobs := queue()).values())
            if (states.count("RUNNING"), states.count("PENDING")) == (running_jobs, waiting):
                return jobs
            await asyncio.sleep(0.5)


def leave_room_for(cluster: Cluster, sessions: int) -> str:
    """Take every CPU of the partition but these."""
    free = sum(node.cpus for node in cluster.layout.nodes if not node.gpus) - sessions
    options = ("--partition=cpu", f"--cpus-per-task={free}", "--mem=100M")
    job = cluster.submit("trainee01", "exec sleep 1200", *options)
    cluster.wait_for(job, "RUNNING")
    return job


async def ask_for(http: Any, user: str) -> None:
    async with http.post(f"/hub/api/users/{user}/server", json={}) as answer:
        assert answer.status < 500, await answer.text()


async def ready(http: Any) -> int:
    async with http.get("/hub/bench") as answer:
        return int((await answer.json(content_type=None))["ready"])


async def last_words(http: Any, user: str) -> str:
    """Return what the start of this user's session ended with."""
    async with http.get(f"/hub/api/users/{user}/server/progress") as events:
        async for line in events.content:
            if line.startswith(b"data:") and (event := json.loads(line[5:])).get("failed"):
                return str(event["message"])
    raise AssertionError("the start did not fail")


async def test_a_class_outlives_the_controllers_absence(cluster: Cluster) -> None:
    blocker = leave_room_for(cluster, RUNNING)
    users = press.names(RUNNING + WAITING + 1)
    late = users.pop()
    with running.folder() as base:
        async with running.hub("ours", base) as hub, press.client(hub) as http:
            async with http.post("/hub/api/users", json={"usernames": [*users, late]}) as answer:
                answer.raise_for_status()
            await asyncio.gather(*(ask_for(http, user) for user in users))
            before = await until_queue(RUNNING, WAITING)
            async with asyncio.timeout(SETTLES_WITHIN_S):
                while await ready(http) < RUNNING:
                    await asyncio.sleep(0.5)
            await asyncio.to_thread(cluster.remembered)

            with cluster.controller_stopped(signal.SIGKILL):
                since = time.monotonic()
                await asyncio.gather(ask_for(http, late))
                assert "not answer" in await last_words(http, late)
                assert time.monotonic() - since < SAYS_SO_WITHIN_S
                await asyncio.sleep(AWAY_S - (time.monotonic() - since))
                assert await ready(http) == RUNNING

            assert await until_queue(RUNNING, WAITING) == before
            cluster.cancel(blocker)
            after = await until_queue(RUNNING + WAITING, 0)
            assert set(after) == set(before)
            async with asyncio.timeout(SETTLES_WITHIN_S):
                while await ready(http) < RUNNING + WAITING:
                    await asyncio.sleep(0.5)
