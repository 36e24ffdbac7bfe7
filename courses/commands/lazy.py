"""A group of commands of which only the one that is called is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from spawners.errors import MissingTool

_OURS = ("courses", "hub_config", "spawners")


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
            try:
                self.add_command(getattr(import_module(module), attribute), cmd_name)
            except ModuleNotFoundError as error:
                return _Lacking(cmd_name, require_a_stranger(error))
        return super().get_command(ctx, cmd_name)


class _Lacking(click.Command):
    """A command that this installation has not the packages for: help lists it all the same."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(
            name,
            help=f"Needs the package {package}, which is not installed here.",
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )
        self._package = package

    def invoke(self, ctx: click.Context) -> None:
        """Say what is missing."""
        raise missing(ctx.command_path, self._package)


def require_a_stranger(error: ModuleNotFoundError) -> str:
    """Return the package that could not be imported; raise the error again if it is our own."""
    package = (error.name or "").partition(".")[0]
    if not package or package in _OURS:
        raise error
    return package


def missing(command: str, package: str) -> MissingTool:
    """Return the error for a command without a package that it needs."""
    return MissingTool(
        f"{command}: the package {package} is not installed.",
        hint="Install this project with its part for it, such as [hub], or with scripts/up.",
    )
