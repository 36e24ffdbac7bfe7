"""Bare `sbatch`: N jobs of the same size that run the same stub, with no hub at all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import time
from collections.abc import AsyncIterator
from pathlib import Path

from bench.running import LAYOUT, stub

from hub_config.onebox.command import tool

LIMIT_S = 120.0
AT_ONCE = 4
SIZE = ("--partition=cpu", "--cpus-per-task=1", "--mem=2048M", "--time=120")
QUIET = ("--output=/dev/null", "--chdir=/", "--no-requeue", "--parsable")


class Arrivals:
    """Counts the stubs that have told their port."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = asyncio.Condition()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one stub as a hub would."""
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        async with self.changed:
            self.count += 1
            self.changed.notify_all()

    async def until(self, count: int) -> None:
        """Wait for so many."""
        async with asyncio.timeout(LIMIT_S), self.changed:
            await self.changed.wait_for(lambda: self.count >= count)


async def storm(base: Path, count: int) -> float:
    """Return the seconds from the first sbatch until the last of `count` jobs runs its stub."""
    async with _arrivals() as (arrivals, port):
        await _submit(base, port, asyncio.Semaphore(1))
        await arrivals.until(1)
        turn = asyncio.Semaphore(AT_ONCE)
        begin = time.monotonic()
        await asyncio.gather(*(_submit(base, port, turn) for _ in range(count)))
        await arrivals.until(1 + count)
        return time.monotonic() - begin


@contextlib.asynccontextmanager
async def _arrivals() -> AsyncIterator[tuple[Arrivals, int]]:
    arrivals = Arrivals()
    server = await asyncio.start_server(arrivals.take, "127.0.0.1", 0, backlog=512)
    async with server:
        yield arrivals, server.sockets[0].getsockname()[1]


async def _submit(base: Path, port: int, turn: asyncio.Semaphore) -> None:
    trainee = pwd.getpwnam(LAYOUT.trainees[0])
    async with turn:
        process = await asyncio.create_subprocess_exec(
            *(tool("sbatch"), *SIZE, *QUIET),
            env={
                "PATH": os.defpath,
                "HOME": trainee.pw_dir,
                "JUPYTERHUB_API_URL": f"http://127.0.0.1:{port}",
                "JUPYTERHUB_API_TOKEN": "none",
            },
            user=trainee.pw_uid,
            group=trainee.pw_gid,
            extra_groups=[],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await process.communicate(f"#!/bin/sh\nexec {stub(base)} bare\n".encode())
    if process.returncode:
        raise RuntimeError("sbatch refused the bare job.")
