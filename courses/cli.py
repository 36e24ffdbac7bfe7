"""`onboard course ...`: the commands, put together."""

from __future__ import annotations

import click

from courses.commands.check import check
from courses.commands.import_ import import_
from courses.commands.publish import publish


@click.group()
def course() -> None:
    """Make, check and publish courses."""


for _command in (check, import_, publish):
    course.add_command(_command)
