"""`onboard up` with a hub and proxy that log all they can, and an attacker who may do anything.

`python FOLDER`, with up's arguments.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from changed_hub import up_with

from hub_config.supervisor import Program


def talkative(program: Program) -> Program:
    """Let the proxy say all that it does."""
    if program.name != "proxy":
        return program
    return dataclasses.replace(program, argv=[*program.argv, "--log-level", "debug"])


up_with(Path(__file__).with_name("config.py"), talkative)
