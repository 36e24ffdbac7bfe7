"""What the commands are given, and the options that several of them take."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import click

from spawners.jobs import Batch
from spawners.machine import Machine

LOCAL = "local"

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)

on_machine = click.option(
    "--on", "machine", metavar="MACHINE", help="Run each lesson as a job there."
)
for_site = click.option("--site", default=LOCAL, show_default=True, help="The site it is for.")


def bundled(
    name: str, kind: Callable[..., Any], options: Sequence[Callable[..., Any]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that gives a command these options, and their values as one argument.

    `kind` is the dataclass with a field for each option; the argument is called `name`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def bundling(*args: Any, **named: Any) -> Any:  # noqa: ANN401  click's own
            chosen = {field: named.pop(field) for field in kind.__dataclass_fields__}  # type: ignore[attr-defined]
            return command(*args, **{name: kind(**chosen)}, **named)

        for option in reversed(options):
            bundling = option(bundling)
        return bundling

    return decorate


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
