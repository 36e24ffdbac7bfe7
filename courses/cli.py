"""`onboard course ...`: the commands, put together."""

from __future__ import annotations

import click

from courses.commands.lazy import LazyGroup

_COMMANDS = {
    "build": "courses.commands.build:build",
    "check": "courses.commands.check:check",
    "export": "courses.commands.archive:export",
    "import": "courses.commands.import_:import_",
    "import-release": "courses.commands.archive:import_release",
    "key": "courses.commands.key:key",
    "lint": "courses.commands.lint:lint",
    "list": "courses.commands.catalogue:list_",
    "new": "courses.commands.new:new",
    "preview": "courses.commands.preview:preview",
    "publish": "courses.commands.publish:publish",
    "releases": "courses.commands.withdraw:releases",
    "rollback": "courses.commands.withdraw:rollback",
    "schema": "courses.commands.schema:schema",
    "status": "courses.commands.status:status",
    "translate": "courses.commands.translate:translate",
    "withdraw": "courses.commands.withdraw:withdraw",
}


@click.group(cls=LazyGroup, found_at=_COMMANDS)
def course() -> None:
    """Make, check and publish courses."""
