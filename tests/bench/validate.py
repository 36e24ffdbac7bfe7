"""Validating a course: this engine beside papermill, nbmake and nbval, on the same lessons.

Run: python tests/bench/validate.py --lessons 24 --write docs/performance.md
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import lessons
from bench.report import Table, Target, conclude, percentile
from rich.console import Console

from courses.validation import processes

BIN = Path(sys.executable).parent
LOOP = """
import sys, papermill
for path in sys.argv[1:]:
    papermill.execute_notebook(path, path + ".out", progress_bar=False)
"""
WAYS = {
    "command": "`papermill` on the command line, in a loop",
    "loop": "`papermill.execute_notebook` in a loop",
    "nbmake": "`pytest --nbmake -n 2`",
    "nbval": "`pytest --nbval -n 2 --dist loadfile`",
    "cold": "this engine, nothing known",
    "same": "this engine, nothing changed",
    "text": "this engine, Markdown of one lesson changed",
    "one": "this engine, code of one lesson changed",
    "alone": "this engine, a course of one lesson, nothing known",
}
HEADS = ("way", "median, s", "of the papermill loop", "peak memory, MiB")
_LOOK_S = 0.25


@dataclass(frozen=True)
class Run:
    """One way, once: how long, and the most memory that all its processes held at once."""

    seconds: float
    peak_mib: float


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and keep if told. Returns 0 when every target is reached."""
    parser = argparse.ArgumentParser(prog="validate.py", description=__doc__)
    parser.add_argument("--lessons", type=int, default=24)
    parser.add_argument("--many", type=int, default=500, help="lessons of the cached course")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="2 lessons, one round: does it run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="keep the figures on this page")
    chosen = parser.parse_args(arguments)
    count, rounds = (2, 1) if chosen.smoke else (chosen.lessons, chosen.rounds)
    many = 20 if chosen.smoke else chosen.many
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bench-validate-") as base:
        course = Path(base, "course")
        runs = _rounds(Path(base), _stored(course, count), rounds, console)
        planned = _many(Path(base), course, many, console)
    table, targets = _table(count, runs), _targets(runs, planned, many)
    return conclude("validate", [table], targets, console=console, page=chosen.write)


def _stored(course: Path, count: int) -> Path:
    """Write the course, and run each lesson once, so that there are outputs to compare."""
    notebooks = lessons.write_course(course, count)
    _run([sys.executable, "-c", LOOP, *map(str, notebooks)], course)
    for path in notebooks:
        Path(f"{path}.out").replace(path)
    return course


def _rounds(base: Path, course: Path, rounds: int, console: Console) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {way: [] for way in WAYS}
    for turn in range(rounds):
        folder = base / f"round-{turn}"
        # In an order that turns: no way is always the first on a cool machine.
        ways = list(_WAYS)
        for way in ways[turn % len(ways) :] + ways[: turn % len(ways)]:
            for name, run in _WAYS[way](folder / way, course):
                console.print(f"{WAYS[name]}: {run.seconds:.2f} s")
                runs[name].append(run)
    return runs


def _others(command: Callable[[list[str]], list[list[str]]], name: str) -> Callable[..., list]:
    def once(folder: Path, course: Path) -> list[tuple[str, Run]]:
        shutil.copytree(course, folder)
        notebooks = sorted(map(str, folder.glob("*.ipynb")))
        return [(name, _timed(command(notebooks), folder))]

    def measure(folder: Path, course: Path) -> list[tuple[str, Run]]:
        try:
            return once(folder, course)
        except SystemExit as failed:
            # Two kernels of two workers may have picked one port: rare, and not what is measured.
            print(failed, f"{name}: once more, from the beginning.", sep="\n", file=sys.stderr)
            return once(folder / "again", course)

    return measure


def _ours(folder: Path, course: Path) -> list[tuple[str, Run]]:
    cache = folder / "cache"
    copy, alone = folder / "course", folder / "alone"
    shutil.copytree(course, copy)
    first = sorted(copy.glob("*.ipynb"))[0]
    seen = [("cold", _timed([_check(copy, cache)], folder))]
    seen.append(("same", _timed([_check(copy, cache)], folder)))
    lessons.change_text(first)
    seen.append(("text", _timed([_check(copy, cache)], folder)))
    lessons.change_code(first)
    seen.append(("one", _timed([_check(copy, cache)], folder)))
    lessons.write_course(alone, 1)
    seen.append(("alone", _timed([_check(alone, folder / "other")], folder)))
    return seen


def _check(course: Path, cache: Path) -> list[str]:
    return [str(BIN / "onboard"), "course", "check", str(course), "--cache", str(cache)]


# nbval's cells are in each other's debt: their order must be the notebook's.
_PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-n", "2")
_PAPERMILL = (sys.executable, "-m", "papermill", "--no-progress-bar")
_WAYS = {
    "command": _others(
        lambda paths: [[*_PAPERMILL, one, f"{one}.out"] for one in paths], "command"
    ),
    "loop": _others(lambda paths: [[sys.executable, "-c", LOOP, *paths]], "loop"),
    "nbmake": _others(lambda paths: [[*_PYTEST, "--nbmake", *paths]], "nbmake"),
    "nbval": _others(lambda paths: [[*_PYTEST, "--nbval", "--dist", "loadfile", *paths]], "nbval"),
    "ours": _ours,
}


def _many(base: Path, course: Path, count: int, console: Console) -> tuple[Run, float]:
    """Return a run of a course of many lessons, and how long it takes when all are known."""
    many = base / "many"
    written = lessons.write_course(many, count)
    # One lesson under many names: each has a key of its own, and must have been run once.
    stored = sorted(course.glob("*.ipynb"))[0].read_bytes()
    for path in written:
        path.write_bytes(stored)
    cache = base / "many-cache"
    first = _timed([_check(many, cache)], base)
    known = [_timed([_check(many, cache)], base).seconds for _ in range(3)]
    console.print(f"{count} lessons: {first.seconds:.0f} s; known: {percentile(known, 0.5):.2f} s")
    return first, percentile(known, 0.5)


def _timed(commands: Sequence[Sequence[str]], folder: Path) -> Run:
    started, peak = time.perf_counter(), 0.0
    for command in commands:
        peak = max(peak, _run(command, folder))
    return Run(time.perf_counter() - started, peak)


def _run(command: Sequence[str], folder: Path) -> float:
    """Run it, and return the most memory that it and its children held together, in MiB."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            stdout=output,
            stderr=output,
        )
        peak = 0.0
        while True:
            try:
                process.wait(_LOOK_S)
                break
            except subprocess.TimeoutExpired:
                family = [process.pid, *processes.descendants(process.pid)]
                peak = max(peak, sum(map(processes.own_share_mib, family)))
        if process.returncode:
            output.seek(0)
            raise SystemExit(f"{command[:6]} failed:\n{output.read()[-3000:]}")
    return peak


def _table(count: int, runs: dict[str, list[Run]]) -> Table:
    loop = _median(runs["loop"])
    rows = [
        [
            WAYS[way],
            f"{_median(seen):.2f}",
            f"1/{loop / _median(seen):.1f}",
            f"{max(run.peak_mib for run in seen):.0f}",
        ]
        for way, seen in runs.items()
    ]
    return Table(f"{count} lessons on {len(os.sched_getaffinity(0))} processors", HEADS, rows)


def _targets(runs: dict[str, list[Run]], planned: tuple[Run, float], many: int) -> list[Target]:
    loop, cold, same = (_median(runs[way]) for way in ("loop", "cold", "same"))
    best = min(_median(runs[way]) for way in ("command", "nbmake", "nbval"))
    most = max(run.peak_mib for run in runs["cold"])
    alone, one, text = (_median(runs[way]) for way in ("alone", "one", "text"))
    return [
        Target("Nothing known, against the papermill loop", cold, loop / 5),
        Target("Nothing known, against the best of the others", cold, best / 3),
        Target("Nothing changed, against the papermill loop", same, loop / 100),
        Target("Markdown of one lesson changed, against nothing changed", text, same + 1),
        Target(
            "Code of one lesson changed, against that lesson alone and a second", one, alone + 1
        ),
        Target(f"{many} lessons, all known", planned[1], 5.0),
        Target(f"Memory of {many} lessons, as of fewer", planned[0].peak_mib, 1.2 * most, "MiB"),
    ]


def _median(seen: Sequence[Run]) -> float:
    return percentile([run.seconds for run in seen], 0.5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
