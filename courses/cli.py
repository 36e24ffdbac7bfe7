"""`onboard course ...`: parse, call one function, print.

Exit codes of `check` and `publish`: 0 passed, 1 failed, 2 errored (also for a wrong file or
option), 3 not validated. Of several lessons the worst counts: errored, failed, not validated.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
from rich.console import Console

from spawners.errors import InvalidInput
from spawners.jobs import Batch
from spawners.machine import Machine

if TYPE_CHECKING:
    from courses.validation.record import ValidationRecord

LOCAL = "local"

_Folder = click.Path(exists=True, file_okay=False, path_type=Path)
_File = click.Path(dir_okay=False, path_type=Path)


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


@click.group()
def course() -> None:
    """Make, check and publish courses."""


_on = click.option("--on", "machine", metavar="MACHINE", help="Run each lesson as a job there.")
_site = click.option("--site", default=LOCAL, show_default=True, help="The site it is for.")


@course.command()
@click.argument("folder", type=_Folder)
@_on
@_site
@click.option("--json", "json_file", type=_File, help="Write the validation record here.")
@click.option("--junit", "junit_file", type=_File, help="Write JUnit XML here.")
@click.pass_obj
def check(
    surroundings: Surroundings,
    folder: Path,
    machine: str | None,
    site: str,
    json_file: Path | None,
    junit_file: Path | None,
) -> None:
    """Run every lesson of the course in FOLDER and compare its outputs with those stored.

    Each lesson runs in a process of its own: here for the site `local`, else as a job on the
    site's machine, or on the one named with --on.
    """
    from courses.validation import report  # what it imports, a hub may not have

    console = Console(highlight=False)
    record = _validate(surroundings, folder, machine, site, console)
    if json_file:
        report.write_json(record, json_file)
    if junit_file:
        report.write_junit(record, junit_file)
    report.show(record, folder, console)
    sys.exit(record.outcome.exit_code)


@course.command()
@click.argument("folder", type=_Folder)
@_on
@_site
@click.option("--record", "record_file", type=_File, help="A record of `check --json` to go by.")
@click.pass_obj
def publish(
    surroundings: Surroundings,
    folder: Path,
    machine: str | None,
    site: str,
    record_file: Path | None,
) -> None:
    """Build the trainee version of the course in FOLDER, validate it, and publish it.

    Nothing is published without a passing record for exactly this content.
    """
    from courses.authoring.release import build, content_hash
    from courses.catalogue import Catalogue
    from courses.validation import report

    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="onboard-build-") as scratch:
        built = Path(scratch, "built")
        content = content_hash(folder)
        build(folder, built)
        if record_file:
            record = _recorded(record_file)
        else:
            record = _validate(surroundings, folder, machine, site, console)
            report.show(record, folder, console)
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


def _validate(
    surroundings: Surroundings, folder: Path, machine: str | None, site: str, console: Console
) -> ValidationRecord:
    from courses.validation.check import validate
    from courses.validation.live import watch

    name = machine or site
    as_jobs = machine is not None or site != LOCAL
    batch = surroundings.batch(name) if as_jobs else None
    with watch(console) as live:
        return validate(folder, surroundings.machine(name), batch, live)


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
