"""`onboard course import`: notebooks that exist already become a course."""

from __future__ import annotations

from pathlib import Path

import click

from courses.commands.surroundings import FOLDER


@click.command(name="import")
@click.argument("source", type=FOLDER)
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--id", "course_id", default="", help="The course's id; its folder's name if not.")
@click.option("--title", default="", help="The course's title; its folder's name if not.")
def import_(source: Path, target: Path, course_id: str, title: str) -> None:
    """Make a course in TARGET of the notebooks in SOURCE, which stays as it is.

    SOURCE is a folder of notebooks, an nbgrader course, or one assignment of it.
    """
    from courses.authoring.importing.course import import_course  # a hub has no nbformat

    imported = import_course(source, target, course_id=course_id, title=title)
    count = len(imported.course.lessons)
    click.echo(f"Imported {count} lesson{'s' if count > 1 else ''} into {target}:")
    for lesson in imported.course.lessons:
        click.echo(f"  {lesson.id}: {lesson.title} ({lesson.duration_minutes} min)")
    click.echo("What was changed, left out or not understood:")
    for note in imported.notes:
        click.echo(f"  {note}")
    click.echo(f"Next: onboard course check {target}")
