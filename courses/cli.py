"""`onboard course ...`: the commands, put together."""

from __future__ import annotations

import click

from courses.commands.check import check
from courses.commands.publish import publish
from courses.commands.translate import translate


@click.group()
def course() -> None:
    """Make, check and publish courses."""


for _command in (check, publish, translate):
    course.add_command(_command)
