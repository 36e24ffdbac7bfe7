"""`onboard course status`: a course folder against what the site has published of it."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from courses.commands.surroundings import FOLDER, Surroundings, for_site


@click.command()
@click.argument("folder", type=FOLDER)
@for_site
@click.pass_obj
def status(surroundings: Surroundings, folder: Path, site: str) -> None:
    """Compare the course in FOLDER with its published release, lesson by lesson."""
    from courses.releases.published import languages_of, standing

    found = standing(folder, surroundings.catalogue(site))
    sides = (found.course, found.published)
    table = Table("", "here", f"published for {site}")
    table.add_row("version", *(one.version if one else "-" for one in sides))
    table.add_row("languages", *(", ".join(languages_of(one)) if one else "-" for one in sides))
    for lesson, change in found.lessons:
        here = "-" if change.value == "gone" else change.value
        there = "-" if change.value == "new" else "yes"
        table.add_row(f"lesson {lesson}", here, there)
    Console(highlight=False).print(table)
    if found.needs_record and found.published and found.published.version == found.course.version:
        click.echo(f"Its version is still {found.course.version}: give it a new one.")
    click.echo(
        f"To publish it, a new validation record is needed: onboard course publish {folder}"
        if found.needs_record
        else "It is published as it is here: no new validation record is needed."
    )
