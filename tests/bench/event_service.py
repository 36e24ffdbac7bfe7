"""The course pages as a process that may be killed, with a stub that answers for the hub."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from hub_config.configure import PREFIX
from hub_config.roles import SERVICE, SERVICE_ACTS_WITH, SESSION_ACTS_WITH
from spawners.machine import Environment, Machine, SessionSize

_START_S = 60.0


@dataclass
class Hub:
    """What answers for the hub: whose a token is.

    Trainee `x` has the token `token-x` in the session, and `page-x` in the browser.
    """

    port: int
    asked: int = 0

    async def user(self, request: web.Request) -> web.Response:
        self.asked += 1
        token = request.headers.get("Authorization", "").removeprefix("token ")
        kind, _, name = token.partition("-")
        scopes = list(SERVICE_ACTS_WITH if kind == "page" else SESSION_ACTS_WITH)
        return web.json_response({"name": name, "kind": "user", "scopes": scopes})


@dataclass
class Service:
    """The real process: `python -m courses.service`."""

    port: int
    env: dict[str, str]
    log: Path
    process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PREFIX}api/events"

    async def start(self) -> None:
        """Start it, and return once it answers."""
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "courses.service", env=self.env, stdout=log, stderr=log
            )
        async with asyncio.timeout(_START_S):
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """`kill -9`: no goodbye, nothing is written any more."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """End it in order."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()

    async def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self.log.read_text(errors="replace")[-2000:]
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def running(database: str, folder: Path) -> AsyncIterator[tuple[Service, Hub]]:
    """Run both until the end."""
    hub = Hub(_free_port())
    app = web.Application()
    app.router.add_get("/hub/api/user", hub.user)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", hub.port).start()
    service = _service(database, folder, hub.port)
    try:
        await service.start()
        yield service, hub
    finally:
        await service.stop()
        await runner.cleanup()


def _service(database: str, folder: Path, hub_port: int) -> Service:
    port = _free_port()
    size = SessionSize(name="cpu", title="CPU", cpus=1, memory_mib=1024, time_limit_s=3600)
    environment = Environment(name="default", title="Default", path=sys.prefix)
    machine = Machine(name="local", batch="local", sizes=(size,), environments=(environment,))
    env = {
        **os.environ,
        "JUPYTERHUB_API_TOKEN": "the-services-own-token",
        "JUPYTERHUB_API_URL": f"http://127.0.0.1:{hub_port}/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": f"service-{SERVICE}",
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "ONBOARD_CATALOGUE": str(folder / "catalogue"),
        "ONBOARD_LEARNING": json.dumps({"database": database}),
        "ONBOARD_MACHINE": machine.model_dump_json(),
        "ONBOARD_SITE_TITLE": "A benchmark",
    }
    return Service(port, env, folder / "service.log")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
