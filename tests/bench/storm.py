"""The storm: N trainees press Start at once, each way in one run, on the one-machine cluster.

Run as root: python tests/bench/storm.py --trainees 50 200 --write docs/performance.md
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import bare, press, running
from bench.press import Storm
from bench.report import MOST_P95_MS, Table, Target, conclude, percentile, spread
from rich.console import Console

WAYS = {
    "nothing": "hub, spawner that does nothing",
    "nothing-tls": "the same, with internal TLS",
    "bare": "bare sbatch, no hub",
    "batchspawner": "hub, batchspawner",
    "ours": "hub with internal TLS, this spawner",
}
HEADS = ("way", "all ready, s", "failed", "5xx", "API p50, ms", "API p95, ms",
         "hub CPU, s", "commands CPU, s", "share, s")  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and keep if told. Returns 0 when every target is reached."""
    parser = argparse.ArgumentParser(prog="storm.py", description=__doc__)
    parser.add_argument("--trainees", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="10 trainees, one round: does it run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="keep the figures on this page")
    chosen = parser.parse_args(arguments)
    counts, rounds = ([10], 1) if chosen.smoke else (chosen.trainees, chosen.rounds)
    console = Console()
    with running.cluster():
        measured = {count: asyncio.run(_rounds(count, rounds, console)) for count in counts}
    tables = [_table(count, by_way) for count, by_way in measured.items()]
    targets = [one for count, by_way in measured.items() for one in _targets(count, by_way)]
    return conclude("storm", tables, targets, console=console, page=chosen.write)


async def _rounds(count: int, rounds: int, console: Console) -> dict[str, list[Storm]]:
    """Measure every way once a round, in an order that rotates."""
    by_way: dict[str, list[Storm]] = {way: [] for way in WAYS}
    order = list(WAYS)
    with running.folder() as base:
        for turn in range(rounds):
            for way in order[turn % len(order) :] + order[: turn % len(order)]:
                seen = await _one(way, base, count)
                console.print(f"{count} trainees, {WAYS[way]}: {seen.seconds:.2f} s, "
                              f"failed {seen.failed}, answers {dict(seen.answers)}")  # fmt: skip
                by_way[way].append(seen)
    return by_way


async def _one(way: str, base: Path, count: int) -> Storm:
    if way == "bare":
        seconds = await bare.storm(base, count)
        await running.emptied()
        return Storm(seconds, 0, 0, press.Counter(), ())
    async with running.hub(way, base) as hub:
        return await press.storm(hub, count)


def _seconds(storms: Sequence[Storm]) -> float:
    return percentile([one.seconds for one in storms], 0.5)


def _table(count: int, by_way: dict[str, list[Storm]]) -> Table:
    rows = [
        _row(WAYS[way], storms, _seconds(by_way[_floor(way)])) for way, storms in by_way.items()
    ]
    return Table(f"{count} trainees press Start at once", HEADS, rows)


def _floor(way: str) -> str:
    """Return the way with the same hub and a spawner that does nothing."""
    return "nothing-tls" if way in ("nothing-tls", "ours") else "nothing"


def _row(way: str, storms: Sequence[Storm], floor: float) -> tuple[str, ...]:
    times = spread([one.seconds for one in storms])
    if not storms[0].api_ms:
        return (way, times, *("" for _ in HEADS[2:]))
    latencies = [value for one in storms for value in one.api_ms]
    return (
        way,
        times,
        str(sum(one.failed for one in storms)),
        str(sum(one.server_errors for one in storms)),
        f"{percentile(latencies, 0.5):.0f}",
        f"{percentile(latencies, 0.95):.0f}",
        spread([one.hub_cpu_s for one in storms]),
        spread([one.commands_cpu_s for one in storms]),
        f"{_seconds(storms) - floor:.2f}",
    )


def _targets(count: int, by_way: dict[str, list[Storm]]) -> list[Target]:
    ours = by_way["ours"]
    floor, bare_floor = _seconds(by_way[_floor("ours")]), _seconds(by_way["bare"])
    theirs_share = _seconds(by_way["batchspawner"]) - _seconds(by_way[_floor("batchspawner")])
    # Of each round its own, and the worst counts: 500 ms is promised to every class.
    p95 = max(percentile(one.api_ms, 0.95) for one in ours)
    who = f"{count} trainees"
    return [
        Target(f"{who}, until all are ready", _seconds(ours), 1.2 * (floor + bare_floor)),
        Target(f"{who}, this spawner's share", _seconds(ours) - floor, theirs_share / 3),
        Target(f"{who}, starts that failed", sum(one.failed for one in ours), 0, ""),
        Target(f"{who}, 5xx answers", sum(one.server_errors for one in ours), 0, ""),
        Target(f"{who}, API p95 of the worst round", p95, MOST_P95_MS, "ms"),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
