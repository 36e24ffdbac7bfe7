"""`onboard course ...`: the commands, put together."""

from __future__ import annotations

import click

from courses.commands.archive import export, import_release
from courses.commands.check import check
from courses.commands.key import key
from courses.commands.publish import publish
from courses.commands.withdraw import releases, rollback, withdraw


@click.group()
def course() -> None:
    """Make, check and publish courses."""


for _command in (check, publish, key, releases, withdraw, rollback, export, import_release):
    course.add_command(_command)
