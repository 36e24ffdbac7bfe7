"""`onboard`: parse, call one function, print."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click
from rich.console import Console

from courses.commands.lazy import LazyGroup, missing, require_a_stranger
from hub_config import site as sites
from spawners.errors import OnboardError
from spawners.jobs import Batch
from spawners.machine import Machine
from spawners.quick_start import skip_slow_grammar

console = Console(highlight=False)


class SiteTools:
    """What the sites lend to the course commands (`courses.cli.Surroundings`)."""

    def machine(self, name: str) -> Machine:
        """Return the machine of the site of that name."""
        return sites.load(name).machine

    def batch(self, name: str) -> Batch:
        """Return that machine's batch system, submitting as whoever calls."""
        return sites.load(name).batch()

    def catalogue(self, site: str) -> Path:
        """Return where the site's published courses are."""
        return sites.load(site).catalogue

    def trusted_keys(self, site: str) -> tuple[str, ...]:
        """Return the public keys whose records and releases the site takes."""
        return sites.load(site).trusted_keys


_COMMANDS = {
    "class": "hub_config.class_commands:class_",
    "course": "courses.cli:course",
    "onebox": "hub_config.onebox.commands:onebox",
    "site": "hub_config.site_commands:site",
    "workspace": "courses.commands.workspace:workspace",
}


@click.group(cls=LazyGroup, found_at=_COMMANDS)
@click.pass_context
def onboard(ctx: click.Context) -> None:
    """The front door of an AI factory: courses in notebooks, on the site's own batch system."""
    ctx.obj = SiteTools()


@onboard.command()
@click.option("--site", "name", default="local", show_default=True, help="Name or .toml path.")
@click.option("--port", type=click.IntRange(1024, 65531), help="First of five ports.")
@click.option(
    "--courses",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Publish every course in this folder first.",
)
def up(name: str, port: int | None, folder: Path | None) -> None:
    """Start a site's hub with its course pages, and keep it up until Ctrl-C."""
    try:
        from hub_config.open_site import open_site
    except ModuleNotFoundError as error:  # of the hub's packages: an author may not have them
        raise missing("onboard up", require_a_stranger(error)) from None

    open_site(sites.load(name, port=port), folder, console)


def main() -> None:
    """Run `onboard`; a failure is a sentence, a hint and an exit code."""
    skip_slow_grammar()
    try:
        onboard.main(standalone_mode=False)
    except OnboardError as error:
        said = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        said.print(str(error), style="red")
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)


if __name__ == "__main__":
    main()
