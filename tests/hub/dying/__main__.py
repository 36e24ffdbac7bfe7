"""`onboard up` with a hub that dies where it is told to. Run as a folder, with the same arguments.

The hub's configuration is `config.py` beside this file, put where the hub's own user can read it.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from hub_config import cli, supervisor, up
from hub_config.secret_store import Secrets
from hub_config.site import Site
from hub_config.supervisor import Program

# Every death here is on purpose.
supervisor.MOST_STARTS = 1000
_programs = up.programs


def programs(site: Site, secrets: Secrets) -> list[Program]:
    """Return the site's processes, the hub's with the configuration that makes it mortal."""
    config = site.hub_dir / "dying_config.py"
    shutil.copy(Path(__file__).with_name("config.py"), config)
    config.chmod(0o644)

    def mortal(program: Program) -> Program:
        argv = [*program.argv[:-1], str(config)]
        return dataclasses.replace(program, argv=argv) if program.name == "hub" else program

    return [mortal(program) for program in _programs(site, secrets)]


up.programs = programs
cli.main()
