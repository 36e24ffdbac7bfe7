"""A class of which everybody presses Start at once: sessions that wait for them, or none yet.

Run as root: python tests/bench/class_start.py --write docs/performance.md
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

import aiohttp
from bench import press, running
from bench.report import Table, Target, conclude, percentile
from bench.running import RunningHub
from published import publish
from rich.console import Console

from courses.catalogue import Catalogue
from courses.service.classes import store
from courses.service.classes.model import Class, SeatState
from courses.service.store.engine import open_engine
from hub_config.onebox.command import do

MOST_MEDIAN_S = 1.5
CLASS_ID, RESERVATION = "0123abcd", "onboard-bench-class"
COURSE = """
id = "welcome"
version = "1.0.0"
title = "Welcome"
summary = "What is measured here."
authors = ["The tests"]
licence = "CC BY 4.0"
[[lessons]]
id = "first"
title = "First"
summary = "One cell."
notebook = "first.ipynb"
duration_minutes = 15
"""


@dataclass(frozen=True)
class Clicks:
    """What one class was like; times in seconds."""

    prepared_s: float
    """From `class start` until every session was ready; 0 where none was started before."""
    click_s: Sequence[float]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and keep if told. Returns 0 when every target is reached."""
    parser = argparse.ArgumentParser(prog="class_start.py", description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="4 people, one round: does it run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="keep the figures on this page")
    chosen = parser.parse_args(arguments)
    people, rounds = (4, 1) if chosen.smoke else (chosen.people, chosen.rounds)
    console = Console()
    with running.cluster(), _reservation():
        prepared, unprepared = asyncio.run(_measured(people, rounds, console))
    return conclude("class", [_table(people, prepared, unprepared)], _targets(people, prepared),
                    console=console, page=chosen.write)  # fmt: skip


async def _measured(
    people: int, rounds: int, console: Console
) -> tuple[list[Clicks], list[Clicks]]:
    prepared: list[Clicks] = []
    unprepared: list[Clicks] = []
    for _ in range(rounds):
        for found, before in ((prepared, True), (unprepared, False)):
            # A folder of its own: a hub that takes the same port again is a new one all the same.
            with running.folder() as base:
                async with running.hub("ours", base) as hub:
                    found.append(await _clicks(hub, base, people, before=before))
            median = percentile(found[-1].click_s, 0.5)
            console.print(f"prepared: {before}, median {median:.2f} s")
    return prepared, unprepared


async def _clicks(hub: RunningHub, base: Path, people: int, *, before: bool) -> Clicks:
    """Have everybody of a class press Start at once, with sessions started before or not."""
    users = press.names(people)
    await asyncio.to_thread(_publish, hub, base)
    async with press.client(hub) as http:
        await press.make_users(http, [press.WARM_UP, *users])
        await press.start_all(http, [press.WARM_UP], already=0)
        tokens = [await _token(http, user) for user in users]
    prepared_s = await _prepare(hub, users) if before else 0.0
    async with contextlib.AsyncExitStack() as stack:
        browsers = [await stack.enter_async_context(press.client(hub, one)) for one in tokens]
        # Each has the course's page before it, as somebody has who presses Start on it.
        await asyncio.gather(*(_read(one, "/services/courses/courses/welcome") for one in browsers))
        times = await asyncio.gather(
            *(_click(one, user) for one, user in zip(browsers, users, strict=True))
        )
    return Clicks(prepared_s, times)


def _publish(hub: RunningHub, base: Path) -> None:
    source = base / f"source-{hub.data.name}"
    source.mkdir()
    (source / "course.toml").write_text(COURSE, encoding="utf-8")
    (source / "first.ipynb").write_text("{}", encoding="utf-8")
    publish(Catalogue(hub.data / "catalogue"), source)


async def _token(http: aiohttp.ClientSession, user: str) -> str:
    """Return what stands for the user's sign-in: the course pages take a token as a cookie."""
    async with http.post(f"/hub/api/users/{user}/tokens", json={"expires_in": 1800}) as answer:
        answer.raise_for_status()
        return str((await answer.json())["token"])


async def _prepare(hub: RunningHub, users: Sequence[str]) -> float:
    """Plan a class and start it by hand; return how long it was until every session was ready."""
    engine = open_engine(f"sqlite:///{hub.data}/hub/learning.sqlite")
    begin, now = time.monotonic(), time.time()
    one = Class(
        id=CLASS_ID,
        course="welcome",
        group="Bench",
        size="cpu-small",
        reservation=RESERVATION,
        starts_at=now + 600,
        ends_at=now + 2400,
        empty_s=600,
        begun_at=now,
    )
    try:
        await asyncio.to_thread(store.add, engine, one, users)
        while True:
            seats = await asyncio.to_thread(store.seats, engine, one.id)
            if all(seat.state is SeatState.READY for seat in seats):
                return time.monotonic() - begin
            if time.monotonic() - begin > press.LIMIT_S:
                raise TimeoutError(f"The class is not ready: {seats}")
            await asyncio.sleep(0.1)
    finally:
        engine.dispose()


async def _read(browser: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with browser.get(path) as answer:
        await answer.read()
        return answer.status, str(answer.url.path)


async def _click(browser: aiohttp.ClientSession, user: str) -> float:
    """Press Start; return after how many seconds the session has answered."""
    lesson, inside = "/services/courses/start/welcome/first", f"/user/{user}/"
    begin = time.monotonic()
    async with browser.post(lesson) as answer:
        await answer.read()
        status, path = answer.status, answer.url.path
    while not (status == 200 and path.startswith(inside)):
        if time.monotonic() - begin > press.LIMIT_S:
            raise TimeoutError(f"{user} is at {path}, {status}.")
        # As often as the waiting page looks that cannot listen.
        await asyncio.sleep(0.25)
        status, path = await _read(browser, "/services/courses/wait/welcome/first")
    return time.monotonic() - begin


@contextlib.contextmanager
def _reservation() -> Iterator[None]:
    users = ",".join(running.LAYOUT.trainees)
    words = (f"users={users}", "nodes=cpu1", "corecnt=64", "starttime=now", "duration=120")
    do("scontrol", "create", f"reservation={RESERVATION}", *words, "flags=ignore_jobs")
    try:
        yield
    finally:
        do("scontrol", "delete", f"reservation={RESERVATION}")


def _table(people: int, prepared: Sequence[Clicks], unprepared: Sequence[Clicks]) -> Table:
    heads = (
        "sessions",
        "classes",
        "all ready after, s",
        "click p50, s",
        "click p95, s",
        "worst, s",
    )
    rows = [
        _row("started before the class, in its reservation", prepared),
        _row("none before the click", unprepared),
    ]
    return Table(f"{people} people of a class press Start at once", heads, rows)


def _row(words: str, classes: Sequence[Clicks]) -> tuple[str, ...]:
    clicks = [seconds for one in classes for seconds in one.click_s]
    prepared_s = percentile([one.prepared_s for one in classes], 0.5)
    shares = (f"{percentile(clicks, share):.2f}" for share in (0.5, 0.95, 1.0))
    return (words, str(len(classes)), f"{prepared_s:.1f}" if prepared_s else "", *shares)


def _targets(people: int, prepared: Sequence[Clicks]) -> list[Target]:
    # Of each class its own median, and the worst counts.
    median = max(percentile(one.click_s, 0.5) for one in prepared)
    words = f"a class of {people}, click to ready, median of the worst class"
    return [Target(words, median, MOST_MEDIAN_S)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
