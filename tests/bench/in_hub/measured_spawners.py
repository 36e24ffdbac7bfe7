"""Imported by the measured hub: the spawners that ours is compared with, and a cheap counter."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Mapping
from functools import partial
from typing import Any

from batchspawner import SlurmSpawner
from jupyterhub.apihandlers import APIHandler
from jupyterhub.spawner import Spawner
from traitlets import default

from spawners import session_address
from spawners.jobs import Batch, JobSpec

STUBS_USER = "bench"
"""In whose name the shared stub's certificate is."""
TRAINEES = ("trainee01", "trainee02", "trainee03", "trainee04")


def trainee_of(name: str) -> str:
    """Return the system user that stands for the hub's user `load017`: the four take turns."""
    if name in TRAINEES:
        return name
    return TRAINEES[int(name.removeprefix("load")) % len(TRAINEES)]


class Counter(APIHandler):
    """GET: how many sessions are ready, and how many are on their way. No query, no model."""

    def get(self) -> None:
        spawners = [one for user in self.users.values() for one in user.spawners.values()]
        ready = sum(bool(one.ready) for one in spawners)
        pending = sum(bool(one.pending) for one in spawners)
        self.write(json.dumps({"ready": ready, "pending": pending}))


class DoNothing(Spawner):
    """Returns the address of one server that is there already: what is left is JupyterHub."""

    started = False

    async def start(self) -> tuple[str, int]:
        self.started = True
        return "127.0.0.1", int(os.environ["ONBOARD_BENCH_STUB_PORT"])

    async def poll(self) -> int | None:
        return None if self.started else 0

    async def stop(self, now: bool = False) -> None:
        self.started = False


class DoNothingWithTls(DoNothing):
    """The same where hub, proxy and server speak TLS. No certificate is made: there is one."""

    async def create_certs(self) -> dict[str, str]:
        return {}

    @property
    def server(self) -> Any:
        server = super().server
        if server is not None:
            server.wait_up = partial(session_address.wait_up, server, STUBS_USER)
        return server

    @server.setter
    def server(self, server: Any) -> None:
        DoNothing.server.fset(self, server)


class PlainBatchspawner(SlurmSpawner):
    """batchspawner's own, but for who submits: a trainee in the place of the hub's user."""

    @default("req_username")
    def _trainee(self) -> str:
        return trainee_of(self.user.name)

    @default("req_homedir")
    def _home(self) -> str:
        return pwd.getpwnam(self.req_username).pw_dir

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        entry = pwd.getpwnam(self.req_username)
        return {**env, "USER": entry.pw_name, "HOME": entry.pw_dir, "SHELL": entry.pw_shell}


class AsTrainees:
    """Our batch system, but for who submits: a trainee in the place of the hub's user."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    async def submit(self, spec: JobSpec, secrets: Mapping[str, str]) -> str:
        user = trainee_of(spec.user or "load000")
        return await self._batch.submit(spec.model_copy(update={"user": user}), secrets)

    async def cancel(self, job_id: str, user: str | None = None) -> None:
        await self._batch.cancel(job_id, trainee_of(user or "load000"))
