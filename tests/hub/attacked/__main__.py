"""`onboard up` with a hub and proxy that log all they can, and an attacker who may do anything.

Run as a folder, with the same arguments. The hub's configuration is `config.py` beside this file,
put where the hub's own user can read it.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from hub_config import cli, up
from hub_config.secret_store import Secrets
from hub_config.site import Site
from hub_config.supervisor import Program

_programs = up.programs


def programs(site: Site, secrets: Secrets) -> list[Program]:
    """Return the site's processes, as talkative as they can be."""
    config = site.hub_dir / "attacked_config.py"
    shutil.copy(Path(__file__).with_name("config.py"), config)
    config.chmod(0o644)

    def talkative(program: Program) -> Program:
        argv = list(program.argv)
        if program.name == "hub":
            argv = [*argv[:-1], str(config)]
        elif program.name == "proxy":
            argv += ["--log-level", "debug"]
        return dataclasses.replace(program, argv=argv)

    return [talkative(program) for program in _programs(site, secrets)]


up.programs = programs
cli.main()
