"""`onboard course lint`: what can be said about a course without running it.

Exit codes: 0 nothing to mend, 1 an error (with --strict a warning too), 2 it could not be looked
at.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.text import Text

from courses.commands.surroundings import FILE, FOLDER
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from courses.lint.finding import Finding
    from courses.lint.material import Material


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--strict", is_flag=True, help="Exit with 1 for a warning too.")
@click.option("--json", "json_file", type=FILE, help="Write the findings here.")
@click.option("--links", is_flag=True, help="Print the links out of the course, and nothing else.")
def lint(folder: Path, strict: bool, json_file: Path | None, links: bool) -> None:
    """Look for mistakes in the course in FOLDER: nothing is run, and nothing is fetched.

    A finding is a line: where it is, the rule, what is wrong, what to do.
    """
    from courses.lint.finding import Severity  # what the rest imports, a hub may not have
    from courses.lint.material import load
    from courses.lint.run import look

    console = Console(highlight=False)
    material = load(folder)
    if links:
        _show_links(material, console)
        return
    found = look(material)
    if json_file:
        _write(json_file, found)
    _show(found, folder, console)
    sys.exit(int(any(strict or one.severity is Severity.ERROR for one in found)))


def _show(found: Sequence[Finding], folder: Path, console: Console) -> None:
    from courses.lint.finding import Severity

    styles = {Severity.ERROR: "red", Severity.WARNING: "yellow"}
    for one in found:
        shown = one.model_copy(update={"file": str(folder / one.file)})
        # Soft wrap: an editor or a log reader finds `file:line` in one piece.
        console.print(Text(str(shown), styles[one.severity]), soft_wrap=True)
    errors = sum(one.severity is Severity.ERROR for one in found)
    console.print(f"{_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}.")


def _counted(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"


def _show_links(material: Material, console: Console) -> None:
    from courses.lint.links import external_links

    for address, places in external_links(material).items():
        where = ", ".join(str(place) for place in places)
        console.print(Text(f"{address} {where}"), soft_wrap=True)


def _write(path: Path, found: Sequence[Finding]) -> None:
    from pydantic import TypeAdapter

    from courses.lint.finding import Finding

    try:
        path.write_bytes(TypeAdapter(list[Finding]).dump_json(list(found), indent=2) + b"\n")
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be written: {error.strerror}.",
            hint="Name a file in a folder of yours.",
        ) from None
