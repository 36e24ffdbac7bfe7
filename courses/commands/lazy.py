"""A group of commands of which only the one that is called is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click


class LazyGroup(click.Group):
    """A group that finds its commands by name: `{"check": "courses.commands.check:check"}`."""

    def __init__(self, *args: object, found_at: Mapping[str, str], **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self._found_at = dict(found_at)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, sorted."""
        return sorted({*super().list_commands(ctx), *self._found_at})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None."""
        if cmd_name not in self.commands and cmd_name in self._found_at:
            module, _, attribute = self._found_at[cmd_name].partition(":")
            self.add_command(getattr(import_module(module), attribute), cmd_name)
        return super().get_command(ctx, cmd_name)
