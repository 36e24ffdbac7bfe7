"""`onboard course releases`, `withdraw`, `rollback`: which version trainees get."""

from __future__ import annotations

import click

from courses.commands.surroundings import Surroundings, for_site


@click.command()
@click.argument("course_id", metavar="COURSE")
@for_site
@click.pass_obj
def releases(surroundings: Surroundings, course_id: str, site: str) -> None:
    """List the published versions of COURSE, newest first, and which of them trainees get."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from courses.catalogue import Catalogue

    found = Catalogue(surroundings.catalogue(site)).releases(course_id)
    if not found:
        click.echo(f"{course_id} has not been published for {site} yet.")
        return
    table = Table("version", "release", "state")
    for one in found:
        state = "current" if one.current else ""
        if deed := one.withdrawn:
            state = f"withdrawn {deed.at[:10]} by {deed.by}: {deed.reason}"
        table.add_row(one.version, one.path.name, Text(state))
    Console(highlight=False).print(table)


@click.command()
@click.argument("course_id", metavar="COURSE")
@click.option("--version", metavar="VERSION", help="This one alone; otherwise all of them.")
@click.option("--reason", default="", help="Why: everyone who can read the catalogue can read it.")
@for_site
@click.pass_obj
def withdraw(
    surroundings: Surroundings, course_id: str, version: str | None, reason: str, site: str
) -> None:
    """Offer COURSE, or one version of it, no longer.

    No file is removed, and what trainees have is theirs. If the version was current, the newest one
    that remains is.
    """
    from courses.catalogue import Catalogue

    catalogue = Catalogue(surroundings.catalogue(site))
    gone = catalogue.withdraw(course_id, version, reason)
    click.echo(f"Withdrawn: {course_id} {', '.join(gone)}.")
    current = catalogue.course(course_id)
    click.echo(
        f"Trainees get {current.manifest.version}."
        if current
        else f"{course_id} is not offered any more."
    )


@click.command()
@click.argument("course_id", metavar="COURSE")
@click.argument("version")
@click.option("--even-withdrawn", is_flag=True, help="Also a version that was withdrawn.")
@for_site
@click.pass_obj
def rollback(
    surroundings: Surroundings, course_id: str, version: str, even_withdrawn: bool, site: str
) -> None:
    """Make VERSION of COURSE the one that trainees get, after every byte of it was verified."""
    from courses.catalogue import Catalogue
    from courses.validation.signing import trust

    catalogue = Catalogue(surroundings.catalogue(site))
    trusted = trust(surroundings.trusted_keys(site))
    now = catalogue.rollback(course_id, version, trusted.require, even_withdrawn=even_withdrawn)
    click.echo(f"Trainees get {course_id} {now.manifest.version}, release {now.release}.")
