"""`onboard course publish`: nothing without a passing record for exactly this content."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from courses.commands.check import validated
from courses.commands.running import Running, how_to_run
from courses.commands.scratch import busy, scratch, working_in
from courses.commands.surroundings import FILE, FOLDER, Surroundings, for_site, on_machine

if TYPE_CHECKING:
    from courses.catalogue import Catalogue
    from courses.releases.publishing import Built
    from courses.releases.reading import PublishedCourse
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

    Nothing is published without a passing record for exactly this content, signed by you or by
    someone whom the site trusts.
    """
    from courses.catalogue import Catalogue
    from courses.releases.proof import seal
    from courses.releases.publishing import build_once, recorded
    from courses.validation.signing import own_key, trust

    catalogue = Catalogue(surroundings.catalogue(site))
    with scratch("onboard-build") as room:
        key = own_key()  # who cannot sign finds out before the lessons run, not after
        trusted = trust(surroundings.trusted_keys(site))
        with working_in(room), busy("Building the trainees' version …"):
            built = build_once(folder, room)
        catalogue.require_writable(built.course.id)
        catalogue.require_free(built.course.id, built.course.version, built.content_hash)
        if record_file:
            record = recorded(record_file)
            built.require_record_of_it(record)
            trusted.require(record, str(record_file))
        else:
            record = _passing(surroundings, built, machine, site, running)
        with busy("Putting it into the catalogue …"):
            with working_in(room):
                seal(built.folder, built.content_hash, record, key)
            published = catalogue.publish(built.folder, trusted.require)
    click.echo(f"Published {published.manifest.id}, release {published.release}.")
    _say_what_trainees_get(catalogue, published)


def _say_what_trainees_get(catalogue: Catalogue, published: PublishedCourse) -> None:
    current = catalogue.course(published.manifest.id)
    if current and current.release != published.release:
        version = published.manifest.version
        click.echo(
            f"Trainees still get the newer {current.manifest.version}. For them to get this one: "
            f"onboard course rollback {published.manifest.id} {version}"
        )


def _passing(
    surroundings: Surroundings, built: Built, machine: str | None, site: str, running: Running
) -> ValidationRecord:
    """Run the copy that was built, and sign what came out; exit unless all of it passed."""
    from courses.validation.reports import terminal
    from courses.validation.signing import signed

    console = Console(highlight=False)
    record = validated(surroundings, built.source, machine, site, running, console)
    terminal.show(record, built.source, console)
    if record.outcome.exit_code:
        click.echo("Not published: every lesson of it must pass first.", err=True)
        sys.exit(record.outcome.exit_code)
    return signed(record)
