"""`onboard course build`: the course as trainees get it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

import click

from courses.commands.surroundings import FOLDER, NEW_FOLDER
from courses.commands.writing import writing
from courses.releases import drafts
from spawners.errors import InvalidInput

_DRAFT = ".building"


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
    """Lend a folder to build in; what is in it becomes `target`, where nothing may be yet.

    In one step, but where `target` is there and cannot be replaced, such as a mount point.
    """
    target = target.resolve()
    beside = target.parent
    for place in (beside, target):
        drafts.sweep(place, _DRAFT)
    if target.is_dir() and any(target.iterdir()):
        raise InvalidInput(f"{target}: not empty.", hint="Build into a new folder.")
    made = _make_parents(beside)
    try:
        with drafts.lend(_place(target, beside), _DRAFT) as draft:
            yield draft / "built"
            _put(draft / "built", target)
    finally:
        for folder in made:
            with suppress(OSError):  # there is something in it: the target
                folder.rmdir()


def _make_parents(folder: Path) -> list[Path]:
    """Make a folder and those around it; return those that were not there, the innermost first."""
    missing = list(takewhile(lambda one: not one.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _place(target: Path, beside: Path) -> Path:
    inside = target.is_mount() or not os.access(beside, os.W_OK | os.X_OK)
    return target if inside and target.is_dir() else beside


def _put(built: Path, target: Path) -> None:
    if built.parent.parent.samefile(target.parent):
        if target.is_dir():
            built.chmod(stat.S_IMODE(target.stat().st_mode))
        built.rename(target)  # an empty folder makes way
        return
    for one in built.iterdir():
        one.rename(target / one.name)
