"""The reports that a check can write, and the options that ask for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from courses.commands.surroundings import FILE

if TYPE_CHECKING:
    from courses.validation.record import ValidationRecord

_OPTIONS = (
    click.option("--json", type=FILE, help="Write the validation record here."),
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

    def give(self, record: ValidationRecord, folder: Path, console: Console) -> None:
        """Write them, and print the report for people. Raises InvalidInput for a bad file."""
        from courses.validation.reports import annotations, files, html, junit

        if self.json:
            files.write_json(record, self.json)
        if self.junit:
            junit.write_junit(record, folder, self.junit)
        if self.html:
            html.write_html(record, folder, self.html)
        if self.code_quality:
            annotations.write_code_quality(record, folder, self.code_quality)
        self._print(record, folder, console)

    def _print(self, record: ValidationRecord, folder: Path, console: Console) -> None:
        from courses.validation.reports import annotations, places, terminal

        if self.annotations is None:
            terminal.show(record, folder, console)
            return
        with annotations.commands_stopped():
            terminal.show(record, folder, console)
        for line in annotations.github(record, folder, places.repository()):
            click.echo(line)


def with_reports(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of every report, and `reports`, which were asked for."""

    @functools.wraps(command)
    def reporting(*args: Any, **named: Any) -> Any:  # noqa: ANN401  click's own
        chosen = {name: named.pop(name) for name in Reports.__dataclass_fields__}
        return command(*args, reports=Reports(**chosen), **named)

    for option in reversed(_OPTIONS):
        reporting = option(reporting)
    return reporting
