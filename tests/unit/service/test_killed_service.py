"""The course pages are killed after an event is stored, and before a kernel hears of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from bench.event_service import Service as Process
from bench.event_service import running

from courses.learn.events import Event
from courses.learn.outbox import Writer, sent
from courses.learn.sender import send
from courses.learn.service import NotNowError, Service

pytestmark = pytest.mark.slow


@asynccontextmanager
async def killed_at_its_answer(process: Process) -> AsyncIterator[str]:
    """Stand before the service, and kill it when it answers; the answer gets no further."""

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, asking = await asyncio.open_connection("127.0.0.1", process.port)
        passing = asyncio.create_task(_all(reader, asking))
        assert await upstream.read(1)
        await process.kill()
        passing.cancel()
        asking.close()
        writer.close()

    server = await asyncio.start_server(hand_on, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield process.url.replace(str(process.port), str(port))
    finally:
        server.close()


async def _all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()


async def stores(service: Service) -> None:
    """Wait until the service takes events: it answers before its store is open."""
    async with asyncio.timeout(30):
        while True:
            try:
                await asyncio.to_thread(service.post, [])
            except NotNowError:
                await asyncio.sleep(0.05)
            else:
                return


def stored(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        return [row[0].hex() for row in connection.execute("SELECT id FROM events ORDER BY number")]


async def test_what_was_stored_is_sent_again_and_counts_once(tmp_path: Path) -> None:
    # given a kernel's events, and a service that is killed at the worst moment
    database, outbox = tmp_path / "learning.sqlite", tmp_path / "outbox"
    events = [
        Event(seq=seq, kind="hint-shown", course="welcome", lesson="first", exercise="mean")
        for seq in (1, 2)
    ]
    writer = Writer(outbox, "20300101T000000-7-a")
    for one in events:
        writer.add(one)

    async with running(f"sqlite:///{database}", tmp_path) as (process, _):
        service = Service(process.url, "token-anna", time_limit_s=20)
        await stores(service)

        # when
        async with killed_at_its_answer(process) as url:
            with pytest.raises(NotNowError):
                await asyncio.to_thread(send, outbox, replace(service, url=url))
        before = stored(database)
        await process.start()
        await stores(service)
        await asyncio.to_thread(send, outbox, service)

    # then it had them, and has them once
    ids = [one.id for one in events]
    assert (before, stored(database)) == (ids, ids)
    assert sent(writer.file) == writer.file.stat().st_size
