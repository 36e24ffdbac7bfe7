"""scripts/up: install what is missing, then hand over to `onboard up`."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Sequence

from tools import node, system
from tools.environment import CHECKOUT, Environment
from tools.start import Problem

_EXTRAS = ("hub", "session", "author")
_PORTS = 5  # the pages' port and those after it: hub, proxy, course pages, events


def main(arguments: Sequence[str]) -> int:
    """Prepare, then become `onboard up`. Raises Problem."""
    options = _parse(arguments)
    port = options.port or _default_port(options.site)
    system.refuse_taken_ports(range(port, port + _PORTS))
    onebox = options.site == "onebox"
    environment = _onebox() if onebox else system.own_environment()
    environment.prepare(*_EXTRAS)
    variables = {**environment.variables(), **node.proxy(environment, shared=onebox)}
    onboard = str(environment.folder / "bin" / "onboard")
    command = [onboard, "up", "--site", options.site, "--port", str(port)]
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
    parser.add_argument("--port", type=_port, help="first of five ports (default: 8000)")
    return parser.parse_args(arguments)


def _port(word: str) -> int:
    if not word.isdecimal() or not 1024 <= int(word) <= 65531:
        raise argparse.ArgumentTypeError(f"{word} is no port: give a number from 1024 to 65531")
    return int(word)


def _default_port(site: str) -> int:
    path = CHECKOUT / "hub_config" / "sites" / f"{site}.toml"
    hub = tomllib.loads(path.read_text(encoding="utf-8")).get("hub", {})
    return int(hub.get("port", 8000))


def _onebox() -> Environment:
    if not system.is_debian():
        raise Problem("The site onebox needs Debian or Ubuntu: start without --site onebox.")
    if not system.is_root():
        raise Problem("The site onebox needs root: start it with sudo, or without --site onebox.")
    return system.shared_environment()  # `onboard up` brings Slurm itself
