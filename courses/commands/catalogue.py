"""`onboard course list`: what a site has published."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from courses.commands.surroundings import Surroundings, for_site


@click.command("list")
@for_site
@click.pass_obj
def list_(surroundings: Surroundings, site: str) -> None:
    """Show the courses that the site has published."""
    from courses.releases.published import published

    found = published(surroundings.catalogue(site))
    if not found:
        click.echo(f"No course has been published for {site} yet.")
        return
    table = Table("course", "version", "title", "languages", "validated", "on")
    for one in found:
        row = (one.id, one.version, one.title, one.languages, one.validated_at, one.machine)
        table.add_row(*(escape(cell) for cell in row))
    Console(highlight=False).print(table)
