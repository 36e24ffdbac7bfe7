"""Figures into tables, for the terminal and for a page. Pure, but for `machine` and `keep`."""

from __future__ import annotations

import datetime
import os
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

MOST_P95_MS = 500.0


@dataclass(frozen=True)
class Target:
    """One thing to reach: in words, what was measured, and the most it may be."""

    words: str
    measured: float
    most: float
    unit: str = "s"

    @property
    def reached(self) -> bool:
        return self.measured <= self.most

    def line(self) -> str:
        """Return it as one sentence."""
        verdict = "reached" if self.reached else "NOT reached"
        return f"{self.words}: {self.measured:.2f} {self.unit}, at most {self.most:.2f}: {verdict}"


@dataclass(frozen=True)
class Table:
    """A title, the columns' heads, and rows of text."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Return it as a page shows it."""
        rule = ["---", *("---:" for _ in self.heads[1:])]
        lines = [f"| {' | '.join(row)} |" for row in (self.heads, rule, *self.rows)]
        return "\n".join([f"**{self.title}**", "", *lines])

    def show(self, console: Console) -> None:
        """Print it."""
        table = RichTable(*self.heads, title=self.title)
        for row in self.rows:
            table.add_row(*row)
        console.print(table)


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of all do not exceed."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no value, no percentile")
    rank = -(-len(ordered) * share // 1)  # rounded up
    return ordered[max(0, int(rank) - 1)]


def spread(values: Sequence[float]) -> str:
    """Return the median, and between which values it lies."""
    middle = f"{percentile(values, 0.5):.2f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.2f} to {max(values):.2f})"


def with_section(page: str, name: str, text: str) -> str:
    """Return `page` with what stands between the markers of `name` replaced. Raises ValueError."""
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    between = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.DOTALL)
    if len(between.findall(page)) != 1:
        raise ValueError(f"The page needs the markers {first} and {last}, once each.")
    return between.sub(lambda _: f"{first}\n{text}\n{last}", page)


def machine() -> str:
    """Return what was measured on, and when, in one sentence."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    today = datetime.datetime.now(datetime.UTC).date()
    return (
        f"Measured on {today}: {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "
        f"{memory:.0f} GiB, Python {platform.python_version()}, JupyterHub {version('jupyterhub')}."
    )


def conclude(
    name: str,
    tables: Sequence[Table],
    targets: Sequence[Target],
    *,
    console: Console,
    page: Path | None = None,
    notes: Sequence[str] = (),
) -> int:
    """Print everything, keep it on `page` if there is one, and return the exit code."""
    for table in tables:
        table.show(console)
    for line in (*notes, *(target.line() for target in targets)):
        console.print(line, soft_wrap=True, highlight=False)
    if page is not None:
        said = [machine(), *(table.markdown() for table in tables)]
        said.append("\n".join(f"- {line}" for line in (*notes, *(one.line() for one in targets))))
        text = with_section(page.read_text(encoding="utf-8"), name, "\n\n".join(said))
        page.write_text(text, encoding="utf-8")
    return 0 if all(target.reached for target in targets) else 1
