"""`onboard course check`: run the lessons, and say how they came out.

Exit codes of `check` and `publish`: 0 passed, 1 failed, 2 errored (also for a wrong file or
option), 3 not validated. Of several lessons the worst counts: errored, failed, not validated.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from courses.commands.surroundings import FILE, FOLDER, LOCAL, Surroundings, for_site, on_machine

if TYPE_CHECKING:
    from courses.validation.record import ValidationRecord


@click.command()
@click.argument("folder", type=FOLDER)
@on_machine
@for_site
@click.option("--json", "json_file", type=FILE, help="Write the validation record, signed, here.")
@click.option("--junit", "junit_file", type=FILE, help="Write JUnit XML here.")
@click.pass_obj
def check(
    surroundings: Surroundings,
    folder: Path,
    machine: str | None,
    site: str,
    json_file: Path | None,
    junit_file: Path | None,
) -> None:
    """Run every lesson of the course in FOLDER and compare its outputs with those stored.

    Each lesson runs in a process of its own: here for the site `local`, else as a job on the
    site's machine, or on the one named with --on.
    """
    from courses.validation import report  # what it imports, a hub may not have

    console = Console(highlight=False)
    record = validated(surroundings, folder, machine, site, console)
    if json_file:
        from courses.validation.signing import signed

        report.write_json(signed(record), json_file)
    if junit_file:
        report.write_junit(record, junit_file)
    report.show(record, folder, console)
    sys.exit(record.outcome.exit_code)


def validated(
    surroundings: Surroundings, folder: Path, machine: str | None, site: str, console: Console
) -> ValidationRecord:
    """Run the lessons here, or as jobs where a machine or another site is named."""
    from courses.validation.check import validate
    from courses.validation.live import watch

    name = machine or site
    as_jobs = machine is not None or site != LOCAL
    batch = surroundings.batch(name) if as_jobs else None
    with watch(console) as live:
        return validate(folder, surroundings.machine(name), batch, live)
