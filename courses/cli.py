"""`onboard course ...`: the commands, put together."""

from __future__ import annotations

import click

from courses.commands.build import build
from courses.commands.catalogue import list_
from courses.commands.check import check
from courses.commands.import_ import import_
from courses.commands.lint import lint
from courses.commands.new import new
from courses.commands.preview import preview
from courses.commands.publish import publish
from courses.commands.schema import schema
from courses.commands.status import status
from courses.commands.translate import translate

_COMMANDS = (
    build,
    check,
    import_,
    lint,
    list_,
    new,
    preview,
    publish,
    schema,
    status,
    translate,
)


@click.group()
def course() -> None:
    """Make, check and publish courses."""


for _command in _COMMANDS:
    course.add_command(_command)
