"""The controller's load: RPCs a minute from `sdiag`, steady and while jobs are pending.

Run as root: python tests/bench/rpcs.py --write docs/performance.md
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import press, running, sdiag
from bench.report import Table, Target, conclude
from rich.console import Console

from hub_config.onebox.command import ask, do

STEADY_MOST, PENDING_MOST = 12.0, 60.0
PENDING = 10
SETTLE_S = 20.0
"""What a start and its commands leave behind is over by then."""


@dataclass(frozen=True)
class Load:
    """What the controller was asked in a time."""

    what: str
    minutes: float
    by_type: Counter[str]

    @property
    def a_minute(self) -> float:
        return self.by_type.total() / self.minutes

    def most_asked(self) -> str:
        """Return the types that count, most asked first."""
        most = self.by_type.most_common(4)
        return ", ".join(f"{name} {count / self.minutes:.1f}" for name, count in most)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and keep if told. Returns 0 when every target is reached."""
    parser = argparse.ArgumentParser(prog="rpcs.py", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--minutes", type=float, default=2.0, help="how long to count, each time")
    parser.add_argument("--smoke", action="store_true", help="5 sessions, 10 s: does it run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="keep the figures on this page")
    chosen = parser.parse_args(arguments)
    counts, minutes = ([5], 1 / 6) if chosen.smoke else (chosen.sessions, chosen.minutes)
    settle_s = 2.0 if chosen.smoke else SETTLE_S
    console = Console()
    with running.cluster():
        loads = asyncio.run(_measure(counts, minutes * 60, settle_s, console))
    baseline, *others = loads
    return conclude("rpcs", [_table(loads, baseline)], _targets(others, baseline),
                    console=console, page=chosen.write)  # fmt: skip


async def _measure(
    counts: Sequence[int], seconds: float, settle_s: float, console: Console
) -> list[Load]:
    await asyncio.sleep(settle_s)
    loads = [await _count("no hub", seconds)]
    with running.folder() as base:
        for count in counts:
            loads += await _ours(base, count, seconds, settle_s)
        loads.append(await _batchspawners(base, min(counts), seconds, settle_s))
    for load in loads:
        console.print(f"{load.what}: {load.a_minute:.1f} a minute")
    return loads


async def _ours(base: Path, count: int, seconds: float, settle_s: float) -> list[Load]:
    async with running.hub("ours", base) as hub, press.client(hub) as http:
        await _sessions(hub, count)
        await asyncio.sleep(settle_s)
        steady = await _count(f"this spawner, {count} steady", seconds)
        if count > 50:
            return [steady]
        await _fill()
        waiting = [f"load{count + number:03}" for number in range(1, PENDING + 1)]
        async with http.post("/hub/api/users", json={"usernames": waiting}) as answer:
            answer.raise_for_status()
        presses = asyncio.gather(*(_press(http, user) for user in waiting))
        await _until_pending(PENDING)
        await presses
        # One of them looks at the page that waits.
        looking = asyncio.create_task(_look(http, waiting[0]))
        await asyncio.sleep(settle_s)
        pending = await _count(f"this spawner, {count} and {PENDING} pending", seconds)
        if looking.done():
            raise RuntimeError("The page that waits did not wait.")
        looking.cancel()
        await asyncio.wait([looking])
        return [steady, pending]


async def _batchspawners(base: Path, count: int, seconds: float, settle_s: float) -> Load:
    async with running.hub("batchspawner", base) as hub:
        await _sessions(hub, count)
        await asyncio.sleep(settle_s)
        return await _count(f"batchspawner, {count} steady", seconds)


async def _sessions(hub: running.RunningHub, count: int) -> None:
    """Have `count` sessions in all; a few at a time, for here the start is not measured."""
    async with press.client(hub) as http:
        users = press.names(count)
        async with http.post("/hub/api/users", json={"usernames": users}) as answer:
            answer.raise_for_status()
        for begin in range(0, count, 25):
            some = users[begin : begin + 25]
            started = await press.start_all(http, some, already=begin)
            if started.failed:
                raise RuntimeError(f"{started.failed} of {len(some)} did not start")


async def _fill() -> None:
    """Take every CPU that is left."""
    free = ask("sinfo", "--noheader", "--partition=cpu", "--format=%C").stdout.split("/")[1]
    do("sbatch", "--partition=cpu", f"--cpus-per-task={free}", "--mem=100M", "--time=120",
       "--uid=" + running.LAYOUT.trainees[0], "--output=/dev/null", "--chdir=/",
       "--wrap=exec sleep 7200")  # fmt: skip
    start = time.monotonic()
    while ask("sinfo", "--noheader", "--partition=cpu", "--format=%C").stdout.split("/")[1] != "0":
        if time.monotonic() - start > 30:
            raise TimeoutError("The partition does not get full.")
        await asyncio.sleep(0.2)


async def _press(http: press.aiohttp.ClientSession, user: str) -> None:
    async with http.post(f"/hub/api/users/{user}/server", json={}) as answer:
        answer.raise_for_status()


async def _until_pending(count: int) -> None:
    start = time.monotonic()
    query = ("--noheader", "--states=pending", "--format=%i")
    while len(ask("squeue", *query).stdout.split()) < count:
        if time.monotonic() - start > 60:
            raise TimeoutError(f"There are not {count} jobs pending.")
        await asyncio.sleep(0.5)


async def _look(http: press.aiohttp.ClientSession, user: str) -> None:
    # No time limit: this page waits as long as the job does.
    unlimited = press.aiohttp.ClientTimeout(total=None)
    path = f"/hub/api/users/{user}/server/progress"
    async with http.get(path, timeout=unlimited) as events:
        events.raise_for_status()
        async for _ in events.content:
            pass


async def _count(what: str, seconds: float) -> Load:
    """Count from now on for so long."""
    await asyncio.to_thread(sdiag.reset)
    begin = time.monotonic()
    await asyncio.sleep(seconds)
    counts = await asyncio.to_thread(sdiag.counts)
    return Load(what, (time.monotonic() - begin) / 60, counts.without_own())


def _table(loads: Sequence[Load], baseline: Load) -> Table:
    rows = [
        (one.what, f"{one.a_minute:.1f}", f"{one.a_minute - baseline.a_minute:.1f}",
         one.most_asked())
        for one in loads
    ]  # fmt: skip
    heads = ("what runs", "RPCs a minute", "without the baseline", "of these, a minute")
    return Table("What the controller is asked", heads, rows)


def _targets(loads: Sequence[Load], baseline: Load) -> list[Target]:
    return [
        Target(one.what, one.a_minute - baseline.a_minute,
               PENDING_MOST if "pending" in one.what else STEADY_MOST, "RPCs a minute")
        for one in loads
        if one.what.startswith("this")
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
