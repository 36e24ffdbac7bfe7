"""scripts/up: install what is missing, then hand over to `onboard up`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import node, system
from tools.environment import Environment
from tools.start import Problem

CHECKOUT = Path(__file__).resolve().parent.parent.parent
_EXTRAS = ("hub", "session", "author")


def main(arguments: Sequence[str]) -> int:
    """Prepare, then become `onboard up`. Raises Problem."""
    options = _parse(arguments)
    system.refuse_taken_port(options.port)
    onebox = options.site == "onebox"
    environment = _onebox() if onebox else system.local_environment(CHECKOUT, sys.executable)
    environment.prepare(*_EXTRAS)
    variables = {**os.environ, **node.proxy(environment, shared=onebox)}
    # Neither may put another copy of the project before the installed one.
    for name in ("PYTHONPATH", "PYTHONHOME"):
        variables.pop(name, None)
    onboard = str(environment.folder / "bin" / "onboard")
    command = [onboard, "up", "--site", options.site, "--port", str(options.port)]
    command += ["--courses", str(CHECKOUT / "notebooks")]
    sys.stdout.flush()
    os.execve(onboard, command, variables)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/up", description=__doc__)
    parser.add_argument(
        "--site",
        choices=("local", "onebox"),
        default="local",
        help="local: sessions run as yourself (default); onebox: on a Slurm cluster of this one "
        "machine (Debian or Ubuntu, as root)",
    )
    parser.add_argument(
        "--port", type=_port, default=8000, help="where the hub listens (default: %(default)s)"
    )
    return parser.parse_args(arguments)


def _port(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 65535:
        raise argparse.ArgumentTypeError(f"{word} is not a port: give a number from 1 to 65535")
    return int(word)


def _onebox() -> Environment:
    if not system.is_debian():
        raise Problem("The site onebox needs Debian or Ubuntu: start without --site onebox.")
    if not system.is_root():
        raise Problem("The site onebox needs root: start it with sudo, or without --site onebox.")
    return system.shared_environment(CHECKOUT, programs=system.CLUSTER)
