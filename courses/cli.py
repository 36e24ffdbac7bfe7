"""`onboard course ...`: the commands, put together."""

from __future__ import annotations

import click

from courses.commands.check import check
from courses.commands.lint import lint
from courses.commands.publish import publish


@click.group()
def course() -> None:
    """Make, check and publish courses."""


for _command in (check, lint, publish):
    course.add_command(_command)
