"""The reports that a check can write, and the options that ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from courses.commands.surroundings import FILE, bundled
from courses.commands.writing import require_place

if TYPE_CHECKING:
    from courses.validation.record import ValidationRecord

_OPTIONS = (
    click.option("--json", type=FILE, help="Write the validation record, signed, here."),
    click.option("--junit", type=FILE, help="Write JUnit XML here."),
    click.option("--html", type=FILE, help="Write a page for people here, in one file."),
    click.option("--code-quality", type=FILE, help="Write GitLab's code quality report here."),
    click.option(
        "--annotations",
        type=click.Choice(["github"]),
        help="Print each finding as a CI system shows it on its line.",
    ),
)


@dataclass(frozen=True)
class Reports:
    """Which reports were asked for."""

    json: Path | None
    junit: Path | None
    html: Path | None
    code_quality: Path | None
    annotations: str | None

    def require_places(self) -> None:
        """Raise InvalidInput for a file that cannot be written: before the lessons run for it."""
        for path in (self.json, self.junit, self.html, self.code_quality):
            if path is not None:
                require_place(path)

    def give(self, record: ValidationRecord, folder: Path, console: Console) -> None:
        """Print the report for people, and write the others. Raises InvalidInput for a bad file."""
        # First: a full disk is no reason to withhold how the lessons came out.
        self._print(record, folder, console)
        # Each of them imports what only it needs: a check that is all known takes no time.
        if self.json:
            from courses.validation.reports.files import write_json
            from courses.validation.signing import signed

            write_json(signed(record), self.json)
        if self.junit:
            from courses.validation.reports.junit import write_junit

            write_junit(record, folder, self.junit)
        if self.html:
            from courses.validation.reports.html import write_html

            write_html(record, folder, self.html)
        if self.code_quality:
            from courses.validation.reports.annotations import write_code_quality

            write_code_quality(record, folder, self.code_quality)

    def _print(self, record: ValidationRecord, folder: Path, console: Console) -> None:
        from courses.validation.reports import terminal

        if self.annotations is None:
            terminal.show(record, folder, console)
            return
        from courses.validation.reports import annotations, places

        with annotations.commands_stopped():
            terminal.show(record, folder, console)
        for line in annotations.github(record, folder, places.repository()):
            click.echo(line)


with_reports = bundled("reports", Reports, _OPTIONS)
"""Gives a command the options of every report, and `reports`, which were asked for."""
