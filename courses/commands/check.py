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

from courses.commands.reporting import Reports, with_reports
from courses.commands.running import Running, how_to_run
from courses.commands.surroundings import FOLDER, LOCAL, Surroundings, for_site, on_machine

if TYPE_CHECKING:
    from courses.authoring.language import TranslationProblem
    from courses.validation.record import ValidationRecord


@click.command()
@click.argument("folder", type=FOLDER)
@on_machine
@for_site
@how_to_run
@with_reports
@click.option("--strict", is_flag=True, help="Fail for what is not translated, too.")
@click.pass_obj
def check(
    surroundings: Surroundings,
    folder: Path,
    machine: str | None,
    site: str,
    running: Running,
    reports: Reports,
    strict: bool,
) -> None:
    """Run every lesson of the course in FOLDER and compare its outputs with those stored.

    Each lesson runs in a process of its own: here for the site `local`, else as a job on the
    site's machine, or on the one named with --on.
    """
    reports.require_places()
    console = Console(highlight=False)
    untranslated = _untranslated(folder) if strict else ()
    record = validated(surroundings, folder, machine, site, running, console)
    reports.give(record, folder, console)
    for problem in untranslated:
        console.print(str(problem), markup=False, soft_wrap=True)
    code = record.outcome.exit_code
    sys.exit(1 if untranslated and code in (0, 3) else code)


def _untranslated(folder: Path) -> tuple[TranslationProblem, ...]:
    from courses.authoring import manifest
    from courses.authoring.translation.report import problems

    return problems(folder, manifest.load(folder))


def validated(
    surroundings: Surroundings,
    folder: Path,
    machine: str | None,
    site: str,
    running: Running,
    console: Console,
) -> ValidationRecord:
    """Run the lessons here, or as jobs where a machine or another site is named."""
    from courses.validation.check import validate
    from courses.validation.live import watch

    name = machine or site
    as_jobs = machine is not None or site != LOCAL
    batch = surroundings.batch(name) if as_jobs else None
    here = surroundings.machine(name)
    with watch(console) as live:
        return validate(folder, here, batch, live, how=running.how, results=running.results)
