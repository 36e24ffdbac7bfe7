"""N trainees press Start at once, and what the hub's API feels like meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import aiohttp
from bench.running import RunningHub

LIMIT_S = 240.0
PROBE_EVERY_S = 0.1
LOOK_EVERY_S = 0.05
# The proxy (Node) closes a connection that was idle for 5 s. A client that keeps it for longer
# may send a request into a closing one, and what is posted is not sent again.
IDLE_S = 2.0
WARM_UP = "load000"


@dataclass(frozen=True)
class Storm:
    """What one storm was like. Times in seconds, but for the API's latencies in ms."""

    seconds: float
    failed: int
    server_errors: int
    answers: Counter[int]
    api_ms: Sequence[float]
    hub_cpu_s: float = 0.0
    commands_cpu_s: float = 0.0


def names(count: int) -> list[str]:
    """Return the hub users `load001` and up."""
    return [f"load{number:03}" for number in range(1, count + 1)]


async def storm(hub: RunningHub, count: int) -> Storm:
    """Start `count` sessions at once on a hub that has started one before; wait for the last."""
    async with client(hub) as http:
        await make_users(http, [WARM_UP, *names(count)])
        warm = await start_all(http, [WARM_UP], already=0)
        if warm.failed:
            raise RuntimeError(f"Not even one session starts: {warm.answers}")
        hub_before, commands_before = hub.cpu_s()
        seen = await start_all(http, names(count), already=1)
        hub_after, commands_after = hub.cpu_s()
    return Storm(
        seconds=seen.seconds,
        failed=seen.failed,
        server_errors=seen.server_errors,
        answers=seen.answers,
        api_ms=seen.api_ms,
        hub_cpu_s=hub_after - hub_before,
        commands_cpu_s=commands_after - commands_before,
    )


@contextlib.asynccontextmanager
async def client(hub: RunningHub, token: str = "") -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client with as many connections as it likes.

    It acts for whom the token stands; without one it may start anybody's session.
    """
    async with aiohttp.ClientSession(
        hub.address,
        headers={"Authorization": f"token {token or hub.token}"},
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S),
        timeout=aiohttp.ClientTimeout(total=LIMIT_S),
    ) as http:
        yield http


async def make_users(http: aiohttp.ClientSession, users: Sequence[str]) -> None:
    """Have the hub know them."""
    async with http.post("/hub/api/users", json={"usernames": users}) as answer:
        answer.raise_for_status()


async def start_all(http: aiohttp.ClientSession, users: Sequence[str], already: int) -> Storm:
    """Press Start for all of `users`; `already` sessions are ready. Ends when none is pending."""
    answers: Counter[int] = Counter()
    latencies: list[float] = []
    probing = asyncio.create_task(_probe(http, latencies, answers))
    begin = time.monotonic()
    presses = [asyncio.create_task(_press(http, user, answers)) for user in users]
    ready, seconds = await _until_settled(http, presses, already + len(users), begin)
    probing.cancel()
    await asyncio.wait([probing])
    return Storm(
        seconds=seconds,
        failed=already + len(users) - ready,
        server_errors=sum(times for code, times in answers.items() if code >= 500),
        answers=answers,
        api_ms=latencies,
    )


async def _press(http: aiohttp.ClientSession, user: str, answers: Counter[int]) -> None:
    async with http.post(f"/hub/api/users/{user}/server", json={}) as answer:
        answers[answer.status] += 1


async def _until_settled(
    http: aiohttp.ClientSession, presses: Sequence[asyncio.Task[None]], wanted: int, begin: float
) -> tuple[int, float]:
    """Return how many sessions are ready, and after how long the last one was."""
    seen, at = 0, begin
    while True:
        asked = all(press.done() for press in presses)
        async with http.get("/hub/bench") as answer:
            found = await answer.json(content_type=None)
        now = time.monotonic()
        if found["ready"] != seen:
            seen, at = found["ready"], now
        settled = asked and not found["pending"]
        if seen >= wanted or settled or now - begin > LIMIT_S:
            await asyncio.gather(*presses)
            return seen, at - begin
        await asyncio.sleep(LOOK_EVERY_S)


async def _probe(
    http: aiohttp.ClientSession, latencies: list[float], answers: Counter[int]
) -> None:
    """Ask the API every 100 ms, whether or not the last question has been answered."""
    async with asyncio.TaskGroup() as asking:
        while True:
            asking.create_task(_ask(http, latencies, answers))
            await asyncio.sleep(PROBE_EVERY_S)


async def _ask(http: aiohttp.ClientSession, latencies: list[float], answers: Counter[int]) -> None:
    begin = time.monotonic()
    async with http.get("/hub/api/user") as answer:
        await answer.read()
    latencies.append((time.monotonic() - begin) * 1000)
    answers[answer.status] += 1
