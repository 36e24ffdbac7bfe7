"""`onboard workspace ...`: what a trainee does with their own copies of courses."""

from __future__ import annotations

import os
from pathlib import Path

import click

from courses.commands.surroundings import FOLDER, Surroundings, for_site
from spawners.errors import InvalidInput


@click.group()
def workspace() -> None:
    """See to your own copies of courses."""


@workspace.command()
@click.argument("course_id", metavar="COURSE")
@click.argument("lesson_id", metavar="LESSON")
@click.option("--language", help="The notebook in this one; the course's own if none is named.")
@click.option("--workspace", "root", type=FOLDER, help="The folder that your courses are in.")
@for_site
@click.pass_obj
def reset(
    surroundings: Surroundings,
    course_id: str,
    lesson_id: str,
    language: str | None,
    root: Path | None,
    site: str,
) -> None:
    """Begin LESSON of COURSE again; what you have stays beside it, under a dated name.

    Close the lesson in JupyterLab first, and shut down its kernel.
    """
    from courses.delivery import published
    from courses.lesson_language import notebook_for
    from courses.workspace import reset as put_back

    # A session says where its courses are; elsewhere the site does.
    catalogue = os.environ.get("ONBOARD_CATALOGUE") or str(surroundings.catalogue(site))
    found = published(catalogue, course_id, lesson_id)
    if found is None:
        raise InvalidInput(
            f"There is no lesson {lesson_id!a} in a course {course_id!a}.",
            hint="`onboard course list` tells the courses; a lesson's id ends its page's address.",
        )
    course, lesson = found
    notebook = notebook_for(course, lesson, language or course.manifest.language)
    root = root or _workspace_of(course_id, surroundings.machine(site).workspace)
    kept = put_back(course.path, root, course_id, notebook)
    click.echo(f"{root / course_id / notebook} is as it was published.")
    if kept is not None:
        click.echo(f"What you had is kept as {kept.name}.")


def _workspace_of(course_id: str, usual: str) -> Path:
    """Return the folder with the user's courses: around this one, or else the site's usual one."""
    from courses.workspace import MEMORY

    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / course_id / MEMORY).is_file():
            return folder
    if "{" in usual:  # of a user of the hub, whom only the hub knows
        raise InvalidInput(
            f"{here}: your copy of {course_id} is not here.",
            hint="Go to the folder of your courses, or name it with --workspace.",
        )
    return Path(usual).expanduser()
