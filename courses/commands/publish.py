"""`onboard course publish`: nothing without a passing record for exactly this content."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from courses.commands.check import validated
from courses.commands.running import Running, how_to_run
from courses.commands.surroundings import (
    FILE,
    FOLDER,
    Surroundings,
    for_site,
    on_machine,
)
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from courses.validation.record import ValidationRecord


@click.command()
@click.argument("folder", type=FOLDER)
@on_machine
@for_site
@how_to_run
@click.option("--record", "record_file", type=FILE, help="A record of `check --json` to go by.")
@click.pass_obj
def publish(
    surroundings: Surroundings,
    folder: Path,
    machine: str | None,
    site: str,
    running: Running,
    record_file: Path | None,
) -> None:
    """Build the trainee version of the course in FOLDER, validate it, and publish it.

    Nothing is published without a passing record for exactly this content.
    """
    from courses.authoring.leaks import require_no_leaks
    from courses.authoring.release import build, content_hash
    from courses.catalogue import Catalogue
    from courses.validation.reports import terminal

    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="onboard-build-") as scratch:
        built = Path(scratch, "built")
        content = content_hash(folder)
        build(folder, built)
        require_no_leaks(folder, built)
        if record_file:
            record = _recorded(record_file)
        else:
            record = validated(surroundings, folder, machine, site, running, console)
            terminal.show(record, folder, console)
            if record.outcome.exit_code:
                click.echo("Not published: every lesson of it must pass first.", err=True)
                sys.exit(record.outcome.exit_code)
        if record.content_hash != content:
            raise InvalidInput(
                f"{folder}: not published: the validation record is for other content.",
                hint="The course has changed since: check it again.",
            )
        published = Catalogue(surroundings.catalogue(site)).publish(built, record)
    click.echo(f"Published {published.manifest.id}, release {published.release}.")


def _recorded(path: Path) -> ValidationRecord:
    from pydantic import ValidationError

    from courses.validation.record import ValidationRecord

    try:
        return ValidationRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        problem = str(error).partition("\n")[0]
        raise InvalidInput(
            f"{path}: not a validation record: {problem}.", hint="Make one with `check --json`."
        ) from None
