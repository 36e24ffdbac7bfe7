"""`onboard course preview`: what a trainee will see, in a browser and without a session."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from courses.commands.surroundings import FILE, FOLDER
from courses.commands.writing import writing
from spawners.errors import InvalidInput


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--language", help="One that the course is in; its own where none is named.")
@click.option("--lesson", help="Only the lesson of this id.")
@click.option("--output", type=FILE, help="Write the page of the one lesson here; open nothing.")
def preview(folder: Path, language: str | None, lesson: str | None, output: Path | None) -> None:
    """Show each lesson of the course in FOLDER as a trainee will see it: one HTML page each."""
    from courses.authoring.content import require_notebooks
    from courses.authoring.manifest import load
    from courses.authoring.metadata_check import require_sound_metadata
    from courses.authoring.preview import pages
    from courses.authoring.release import build
    from courses.authoring.source import read

    course = load(folder)
    require_notebooks(folder, course)
    for one in course.lessons:
        require_sound_metadata(read(folder / one.notebook, one.notebook))

    with tempfile.TemporaryDirectory(prefix="onboard-preview-") as scratch:
        built = Path(scratch, "built")
        build(folder, built)
        made = {shown.id: page for shown, page in pages(built, language, lesson)}
    if output is None:
        _open(made)
    elif len(made) == 1:
        with writing(output):
            output.write_text(next(iter(made.values())), encoding="utf-8")
    else:
        raise InvalidInput(
            f"--output: the course has {len(made)} lessons, and a file holds one.",
            hint=f"Name one with --lesson: {', '.join(made)}.",
        )


def _open(made: dict[str, str]) -> None:
    # It stays: the browser reads it after this command has ended.
    kept = Path(tempfile.mkdtemp(prefix="onboard-preview-"))
    for lesson, page in made.items():
        path = kept / f"{lesson}.html"
        path.write_text(page, encoding="utf-8")
        click.echo(str(path))
        if _has_windows():
            click.launch(str(path))
    if not _has_windows():
        click.echo("There is no browser here: open it on your own computer.")


def _has_windows() -> bool:
    # On a login node `xdg-open` finds none, says so at length, or fills the terminal with one.
    if sys.platform != "linux":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
