"""What the commands are given, and the options that several of them take."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import click

from spawners.jobs import Batch
from spawners.machine import Machine

LOCAL = "local"

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)

on_machine = click.option(
    "--on", "machine", metavar="MACHINE", help="Run each lesson as a job there."
)
for_site = click.option("--site", default=LOCAL, show_default=True, help="The site it is for.")


class Surroundings(Protocol):
    """What the sites lend to these commands."""

    def machine(self, name: str) -> Machine:
        """Return the machine of that name. Raises OnboardError if there is none."""
        ...

    def batch(self, name: str) -> Batch:
        """Return that machine's batch system."""
        ...

    def catalogue(self, site: str) -> Path:
        """Return where the site's published courses are."""
        ...

    def trusted_keys(self, site: str) -> tuple[str, ...]:
        """Return the public keys whose records and releases the site takes, 64 hex digits each."""
        ...
