"""`onboard course build`: the course as trainees get it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from courses.commands.surroundings import FOLDER, NEW_FOLDER
from courses.commands.writing import writing
from spawners.errors import InvalidInput


@click.command()
@click.argument("folder", type=FOLDER)
@click.argument("target", type=NEW_FOLDER)
def build(folder: Path, target: Path) -> None:
    """Write the trainees' version of the course in FOLDER into TARGET, a new or empty folder."""
    from courses.authoring import release

    with writing(target), _whole_or_not_at_all(target) as draft:
        release.build(folder, draft)
    click.echo(f"Built into {target}.")


@contextmanager
def _whole_or_not_at_all(target: Path) -> Iterator[Path]:
    """Lend a folder to build in, and move what is in it into `target`, where nothing may be yet."""
    was_there = target.is_dir()
    if was_there and any(target.iterdir()):
        raise InvalidInput(f"{target}: not empty.", hint="Build into a new folder.")
    target.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(prefix=".building-", dir=target) as scratch:
            yield Path(scratch, "built")
            for made in Path(scratch, "built").iterdir():
                made.rename(target / made.name)
    finally:
        if not was_there and not any(target.iterdir()):
            target.rmdir()
