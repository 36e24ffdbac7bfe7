"""`onboard onebox`: parse, call one function, print."""

from __future__ import annotations

import sys

import click
from rich.console import Console
from rich.table import Table

from hub_config.onebox import cluster
from hub_config.onebox.layout import Layout
from hub_config.onebox.status import ClusterStatus

_ACCOUNTING = {
    "none": "No accounts and QOS: `onboard onebox up --accounts` brings them.",
    "up": "Accounts and QOS: there.",
    "down": "Accounts and QOS: their daemon is not running; `onboard onebox up` starts it.",
}
console = Console(highlight=False)


@click.group()
def onebox() -> None:
    """A real Slurm with virtual nodes and GPUs on this one machine."""


@onebox.command()
@click.option("--accounts", is_flag=True, help="With accounts, QOS and a history of jobs.")
def up(accounts: bool) -> None:
    """Install what is missing and bring the cluster up (root, Debian or Ubuntu)."""
    _show(cluster.up(Layout(accounting=accounts)))


@onebox.command()
def down() -> None:
    """End every job and daemon, and remove the configuration; users and homes stay."""
    cluster.down(Layout())
    console.print("The cluster is down.")


@onebox.command()
def status() -> None:
    """Show the nodes; exit code 1 when the cluster is down."""
    now = cluster.status(Layout())
    if not now.up:
        console.print(f"The cluster is down. {now.reason}")
        sys.exit(1)
    _show(now)


def _show(now: ClusterStatus) -> None:
    table = Table("node", "state", "CPUs", "memory (MiB)", "GPUs", "jobs")
    for node in now.nodes:
        table.add_row(
            node.name,
            node.state.lower(),
            f"{node.cpus_used} / {node.cpus}",
            f"{node.memory_used_mib} / {node.memory_mib}",
            f"{node.gpus_used} / {node.gpus}" if node.gpus else "-",
            str(node.jobs),
        )
    console.print(table)
    console.print(f"In use of what there is. Waiting jobs: {now.waiting_jobs}.")
    console.print(_ACCOUNTING[now.accounting])
