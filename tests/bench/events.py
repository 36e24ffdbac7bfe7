"""Learning events: a class that sends one each second, one that comes back after the service was
away, and what an event costs as they grow.

Run: python tests/bench/events.py --write docs/performance.md
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

sys.path[0] = str(Path(__file__).resolve().parents[1])

import postgres
from bench import event_growth as growth
from bench import event_load as load
from bench import event_return as returning
from bench.report import Table, Target, conclude
from rich.console import Console

T = TypeVar("T")

MOST_P95_MS = 100.0
MOST_GROWTH = 2.0
MOST_PAGE_MS = 1000.0
MOST_BACK_S = 60.0
PICTURE = "img/events-growth.svg"
_LOAD_HEADS = (
    *("database", "events", "lost", "twice", "sent again", "not answered"),
    *("p50, ms", "p95, ms", "p99, ms", "service CPU"),
)
_RETURN_HEADS = (
    *("database", "events", "lost", "twice", "all back after, s", "sent again"),
    *("pages opened", "not opened", "page p50, ms", "p95, ms"),
)
_GROWTH_HEADS = (
    *("database, events", "alone, ms", "of 100 together, ms"),
    *("a trainee's summary, ms", "a class's summary, ms", "its page, ms"),
)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and keep if told. Returns 0 when every target is reached."""
    parser = argparse.ArgumentParser(prog="events.py", description=__doc__)
    parser.add_argument("--trainees", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=180.0, help="how long they learn")
    parser.add_argument("--backlog", type=int, default=60, help="events of each that wait")
    parser.add_argument("--events", type=int, default=5_000_000, help="up to how many it grows")
    parser.add_argument("--smoke", action="store_true", help="half a minute: does it run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="keep the figures on this page")
    parser.add_argument("--only", choices=["load", "return", "growth"], help="measure one")
    chosen = parser.parse_args(arguments)
    if chosen.smoke:
        chosen.trainees, chosen.seconds, chosen.events = 50, 6.0, 120_000
    parts = {"load": _load, "return": _return, "growth": _growth}
    console = Console()
    return max(
        [part(chosen, console) for name, part in parts.items() if chosen.only in (None, name)]
    )


def _load(chosen: argparse.Namespace, console: Console) -> int:
    loads = _on_each_database(load.measure, chosen.trainees, chosen.seconds)
    table = _load_table(loads, chosen.trainees)
    targets = _load_targets(loads)
    return conclude("events-load", [table], targets, console=console, page=chosen.write)


def _return(chosen: argparse.Namespace, console: Console) -> int:
    returns = _on_each_database(returning.measure, chosen.trainees, chosen.backlog)
    table = _return_table(returns, chosen.trainees, chosen.backlog)
    targets = _return_targets(returns)
    return conclude("events-return", [table], targets, console=console, page=chosen.write)


def _growth(chosen: argparse.Namespace, console: Console) -> int:
    steps = [one for one in growth.STEPS if one < chosen.events] + [chosen.events]
    grown = []
    for name, new_database in _databases():
        with new_database() as (database, _):
            grown += growth.measure(name, database, steps, console.print)
    if chosen.write is not None:
        growth.draw(grown, chosen.write.parent / PICTURE)
    table = _growth_table(grown)
    targets = _growth_targets(grown)
    return conclude("events-growth", [table], targets, console=console, page=chosen.write)


def _on_each_database(measure: Callable[..., Coroutine[Any, Any, T]], *amounts: float) -> list[T]:
    found = []
    for name, new_database in _databases():
        with new_database() as (database, folder):
            found.append(asyncio.run(measure(name, database, folder, *amounts)))
    return found


def _databases():
    """Yield each database's name, and how to get an empty one and a folder."""

    @contextmanager
    def sqlite() -> Iterator[tuple[str, Path]]:
        with tempfile.TemporaryDirectory(prefix="onboard-bench-", dir="/var/tmp") as folder:
            yield f"sqlite:///{folder}/learning.sqlite", Path(folder)

    yield "SQLite", sqlite
    if reason := postgres.lacking():
        sys.exit(f"PostgreSQL is not measured: {reason}.")
    with postgres.server(durable=True) as server:

        @contextmanager
        def postgresql() -> Iterator[tuple[str, Path]]:
            with tempfile.TemporaryDirectory(prefix="onboard-bench-") as folder:
                yield server.new_database(), Path(folder)

        yield "PostgreSQL", postgresql


def _load_table(loads: Sequence[load.Load], people: int) -> Table:
    rows = [
        [
            one.database,
            *(str(n) for n in (one.sent, one.lost, one.twice, one.known, one.failed)),
            *(f"{one.took_ms(share):.1f}" for share in (0.5, 0.95, 0.99)),
            f"{one.cpu_s / (one.seconds / 2):.0%} of a core",
        ]
        for one in loads
    ]
    title = f"{people} trainees, an event a second each, {loads[0].seconds:.0f} s, one kill -9"
    return Table(title, _LOAD_HEADS, rows)


def _return_table(returns: Sequence[returning.Return], people: int, backlog: int) -> Table:
    rows = [
        [
            *(one.database, str(one.waiting), str(one.lost), str(one.twice)),
            *(f"{one.back_s:.1f}", str(one.again), str(len(one.page_s)), str(one.broken)),
            *(f"{one.page_ms(share):.1f}" for share in (0.5, 0.95)),
        ]
        for one in returns
    ]
    title = f"{people} trainees with {backlog} events each, when the course pages come back"
    return Table(title, _RETURN_HEADS, rows)


def _growth_table(grown: Sequence[growth.Step]) -> Table:
    rows = [
        [
            f"{one.database}, {one.events}",
            *(f"{value:.2f}" for value in (one.alone_ms, one.each_ms, one.own_ms)),
            *(f"{value:.0f}" for value in (one.class_ms, one.page_ms)),
        ]
        for one in grown
    ]
    return Table("As the table of events grows (medians)", _GROWTH_HEADS, rows)


def _load_targets(loads: Sequence[load.Load]) -> list[Target]:
    targets = []
    for one in loads:
        targets += [
            *_each_once(one),
            Target(f"{one.database}, tries that summaries miss", one.uncounted, 0, "events"),
            Target(f"{one.database}, p95 of an answer", one.took_ms(0.95), MOST_P95_MS, "ms"),
        ]
    return targets


def _each_once(one: load.Load | returning.Return) -> list[Target]:
    return [
        Target(f"{one.database}, events lost", one.lost, 0, "events"),
        Target(f"{one.database}, events stored twice", one.twice, 0, "events"),
    ]


def _return_targets(returns: Sequence[returning.Return]) -> list[Target]:
    targets = []
    for one in returns:
        targets += [
            *_each_once(one),
            Target(f"{one.database}, until the last is stored", one.back_s, MOST_BACK_S),
            Target(f"{one.database}, pages not opened", one.broken, 0, "pages"),
            Target(f"{one.database}, p95 of a page", one.page_ms(0.95), MOST_PAGE_MS, "ms"),
        ]
    return targets


def _growth_targets(grown: Sequence[growth.Step]) -> list[Target]:
    targets = []
    for name in dict.fromkeys(one.database for one in grown):
        first, *_, last = [one for one in grown if one.database == name]
        for what, value in (
            ("an event", lambda one: one.each_ms),
            ("a trainee's summary", lambda one: one.own_ms),
            ("a class's summary", lambda one: one.class_ms),
        ):
            words = f"{name}, {what} with {last.events} events, against {first.events}"
            targets.append(Target(words, value(last) / value(first), MOST_GROWTH, "x"))
        words = f"{name}, the page of 300 trainees in 30 lessons"
        targets.append(Target(words, last.page_ms, MOST_PAGE_MS, "ms"))
    return targets


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
