"""`onboard course schema`: what may be in a course.toml, for editors."""

from __future__ import annotations

from pathlib import Path

import click

from courses.commands.surroundings import FILE
from courses.commands.writing import writing


@click.command()
@click.option("--output", type=FILE, help="Write it here instead of showing it.")
def schema(output: Path | None) -> None:
    """Print the JSON Schema of course.toml, with what each key means."""
    from courses.authoring.manifest import Course
    from courses.authoring.schema import Described, as_text

    text = as_text(Described(Course).schema)
    if output:
        with writing(output):
            output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)
