"""`onboard course new`: a course to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from courses.commands.surroundings import NEW_FOLDER


@click.command()
@click.argument("folder", type=NEW_FOLDER)
@click.option("--title", default="A new course", show_default=True, help="Its name for people.")
def new(folder: Path, title: str) -> None:
    """Make a course in FOLDER: a manifest, and a lesson with an exercise that passes its check."""
    from courses.authoring.starter import make

    course = make(folder, title)
    click.echo(f"Made {course.id} in {folder}. Try: onboard course check {folder}")
