"""`onboard site`: parse, call one function, print."""

from __future__ import annotations

import asyncio
import sys

import click
from rich.console import Console
from rich.table import Table

from hub_config import site as sites
from hub_config import site_check

console = Console(highlight=False, markup=False, soft_wrap=True)


@click.group()
def site() -> None:
    """The sites that this installation knows."""


@site.command("list")
def site_list() -> None:
    """List the sites; a draft has keys that are still to be settled."""
    table = Table("site", "title", "batch system", "session sizes", "state")
    for name in sites.names():
        one = sites.load(name)
        sizes = ", ".join(size.name for size in one.machine.sizes)
        table.add_row(name, one.title, one.machine.batch, sizes, _state(one))
    console.print(table)


def _state(one: sites.Site) -> str:
    return f"draft: {len(one.unknown)} to settle" if one.unknown else "ready"


@site.command("show")
@click.argument("name")
@click.option("--toml", "as_written", is_flag=True, help="As it is written, to copy and edit.")
def site_show(name: str, as_written: bool) -> None:
    """Show one site as it is after loading, as JSON."""
    click.echo(sites.text(name) if as_written else sites.load(name).model_dump_json(indent=2))


@site.command("check")
@click.argument("name", metavar="NAME|FILE")
@click.option("--live", is_flag=True, help="Compare it with the Slurm of this machine as well.")
def check(name: str, live: bool) -> None:
    """Check a site's file; exit code 1 when something is wrong, 2 when Slurm does not answer."""
    if found := sites.mistakes(name):
        head = ("key", "what is wrong", "how to mend it")
        _print(head, [(one.key, one.said, one.fix) for one in found])
        console.print(f"{name}: {len(found)} to mend.")
        sys.exit(1)
    one = sites.load(name)
    console.print(f"{name}: no mistake found.")
    if one.unknown:
        console.print("It is a draft, and cannot be started until these keys are settled:")
        for key, what in one.unknown.items():
            console.print(f"- {key}: {what}")
    if live:
        _compare(one)


def _compare(one: sites.Site) -> None:
    rows = site_check.differences(one.machine, asyncio.run(site_check.ask()))
    if rows:
        head = ("key", "the file says", "the machine says")
        _print(head, [(row.key, row.file, row.machine) for row in rows])
        sys.exit(1)
    console.print("The machine is as the file says.")


def _print(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    console.print(table)
