"""`onboard up` with a hub that is configured otherwise: `python FOLDER`, then the words of up."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

from hub_config import cli, up
from hub_config.secret_store import Secrets
from hub_config.site import Site
from hub_config.supervisor import Program

Change = Callable[[Program], Program]


def up_with(config: Path, change: Change = lambda program: program) -> None:
    """Run `onboard` with `config` as the hub's configuration, and each program changed."""
    theirs = up.programs

    def programs(site: Site, secrets: Secrets) -> list[Program]:
        # Where the hub's own user can read it.
        copy = site.hub_dir / f"{config.parent.name}_config.py"
        shutil.copy(config, copy)
        copy.chmod(0o644)
        return [
            change(_configured(program, copy) if program.name == "hub" else program)
            for program in theirs(site, secrets)
        ]

    up.programs = programs
    cli.main()


def _configured(hub: Program, config: Path) -> Program:
    return dataclasses.replace(hub, argv=[*hub.argv[:-1], str(config)])
