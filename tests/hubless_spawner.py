"""A hub's spawners without the hub: rows in memory, one fake batch system, one watcher."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyterhub import orm, roles
from jupyterhub.objects import Hub, Server
from jupyterhub.user import User
from sqlalchemy.orm import Session
from traitlets.config import Config

from spawners.batch.fake import FakeBatch
from spawners.jobs import JobSpec, JobState, JobStatus, Snapshot
from spawners.machine import Environment, Machine, SessionSize
from spawners.spawner import SessionSpawner
from spawners.watcher import Watcher

LIMIT_S = 20.0
HOST, PORT = "userhost123", 54321

MACHINE = Machine(
    name="here",
    batch="slurm",
    submit_as_trainee=True,
    sizes=(
        SessionSize(name="small", title="Small", cpus=5, memory_mib=5678, time_limit_s=18_600),
        SessionSize(name="gpu", title="GPU", cpus=1, memory_mib=500, time_limit_s=3600, gpus=2),
    ),
    environments=(Environment(name="default", title="Python", path="/opt/python"),),
)

CONFIG = Config({"SessionSpawner": {"hub_id": "onboard-test"}})


class Recorder(FakeBatch):
    """Notes what it was asked, in order, and as whom."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str | None]] = []

    async def submit(self, spec: JobSpec, secrets: Mapping[str, str]) -> str:
        self.asked.append(("submit", spec.user))
        return await super().submit(spec, secrets)

    async def cancel(self, job_id: str, user: str | None = None) -> None:
        self.asked.append(("cancel", user))
        await super().cancel(job_id, user)

    async def snapshot(self, job_ids: Sequence[str]) -> Snapshot:
        self.asked.append(("snapshot", None))
        return await super().snapshot(job_ids)

    async def outcome(self, job_id: str) -> JobStatus:
        self.asked.append(("outcome", None))
        return await super().outcome(job_id)


async def until(ready: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Ask until it is so. What a spawner does between two steps has no event to wait for."""
    async with asyncio.timeout(limit_s):
        while not ready():
            await asyncio.sleep(0.01)


class Bench:
    """Spawners of one hub: one batch system, one watcher."""

    def __init__(self, rows: Session) -> None:
        self.rows = rows
        self.batch = Recorder()
        self.watcher = Watcher(self.batch)

    def spawner(self, name: str = "trainee01", **options: str) -> Any:
        """Return the spawner of a user, new or as a restarted hub has it."""
        user = orm.User.find(self.rows, name)
        if user is None:
            user = orm.User(name=name)
            self.rows.add(user)
            self.rows.commit()
            roles.assign_default_roles(self.rows, user)
        spawner = User(user, {"config": CONFIG})._new_spawner(
            "", spawner_class=SessionSpawner, hub=Hub(), machine=MACHINE, watcher=self.watcher
        )
        if spawner.server is None:
            row = orm.Server(base_url=f"/user/{name}/")
            self.rows.add(row)
            self.rows.commit()
            spawner.server = Server(orm_server=row)
        spawner.api_token = user.new_api_token()
        spawner.user_options = options
        return spawner

    async def running(self, spawner: Any) -> str:
        """Start it, let its job run and its server report; return the job's number."""
        starting = asyncio.create_task(spawner.start())
        job_id = await self.job_of(spawner, starting)
        self.batch.set(job_id, JobState.RUNNING, host=HOST)
        spawner.take_port(PORT)
        assert await asyncio.wait_for(starting, LIMIT_S) == (HOST, PORT)
        return job_id

    async def job_of(self, spawner: Any, starting: asyncio.Task[tuple[str, int]]) -> str:
        """Wait until the spawner's state names its job; raises what ends its start before."""
        async with asyncio.timeout(LIMIT_S):
            while not spawner.get_state().get("job_id"):
                if starting.done():
                    starting.result()
                await asyncio.sleep(0.01)
        return str(spawner.get_state()["job_id"])

    async def polled(self, spawner: Any, wanted: int | None) -> None:
        """Wait until a poll answers what is wanted."""
        async with asyncio.timeout(LIMIT_S):
            while await spawner.poll() != wanted:
                await asyncio.sleep(0.01)
