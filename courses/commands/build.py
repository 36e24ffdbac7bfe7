"""`onboard course build`: the course as trainees get it."""

from __future__ import annotations

from pathlib import Path

import click

from courses.commands.surroundings import FOLDER, NEW_FOLDER
from courses.commands.writing import writing


@click.command()
@click.argument("folder", type=FOLDER)
@click.argument("target", type=NEW_FOLDER)
def build(folder: Path, target: Path) -> None:
    """Write the trainees' version of the course in FOLDER into TARGET, a new or empty folder."""
    from courses.authoring import release

    with writing(target):
        release.build(folder, target)
    click.echo(f"Built into {target}.")
