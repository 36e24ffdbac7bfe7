"""`onboard course translate`: bring locale/<language>.po up to date with the lessons."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from courses.commands.surroundings import FOLDER
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from courses.authoring.manifest import Course

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


@click.command()
@click.argument("folder", type=FOLDER)
@click.option(
    "--language",
    "wanted",
    metavar="LANGUAGE",
    multiple=True,
    help="This one, such as fr; may be given more than once. Without it: those of course.toml.",
)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if it would.")
def translate(folder: Path, wanted: tuple[str, ...], only_check: bool) -> None:
    """Bring the translations of the course in FOLDER up to date with its notebooks.

    Each language has a file locale/LANGUAGE.po for translators; what is there is kept.
    """
    from courses.authoring import manifest
    from courses.authoring.translation import update

    course = manifest.load(folder)
    updates = update.planned(folder, course, _languages(course, wanted))
    if not only_check:
        update.write(updates)
    console = Console(highlight=False)
    update.show(updates, console, written=not only_check)
    for language in wanted:
        if language not in course.languages:
            console.print(f"Add {language!r} to languages in course.toml: trainees get it then.")
    sys.exit(1 if only_check and any(one.changes_file for one in updates) else 0)


def _languages(course: Course, wanted: tuple[str, ...]) -> tuple[str, ...]:
    from courses.authoring.language import targets

    for language in wanted:
        if not _LANGUAGE.fullmatch(language):
            raise InvalidInput(
                f"--language {language!a}: not a language.", hint="Write it as in fr or pt-BR."
            )
        if language == course.language:
            raise InvalidInput(
                f"--language {language}: the course is written in it.",
                hint="Mend the text in the notebooks themselves.",
            )
    chosen = tuple(dict.fromkeys(wanted)) or targets(course)
    if not chosen:
        raise InvalidInput(
            "course.toml names no language to translate into.",
            hint='Add languages = ["fr"] to it, or name one with --language.',
        )
    return chosen
