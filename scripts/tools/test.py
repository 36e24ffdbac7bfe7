"""scripts/test: install what the tests need, then run them all, or those that are named."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from tools import nbgrader, node, system
from tools.environment import CHECKOUT, PACKAGES, Environment
from tools.start import Problem

_PROGRAMS = {
    "slurmctld": "slurm-wlm",
    "slurmdbd": "slurmdbd",
    "mariadbd": "mariadb-server-core",
    "my_print_defaults": "mariadb-client-core",
    "munged": "munge",
    "sudo": "sudo",
    "chromium": "chromium",
    "initdb": "postgresql",
}
_LIMIT_S = 4200
_ENDING_S = 120
_FAST = ("-m", "not slow and not slurm and not browser")
_UNIT = ("tests/unit", "-n", "2")
# What needs the cluster shares it, in one process (tests/lanes.py); the others run beside it.
_REST = ("tests", "--ignore=tests/unit", "-n", "2", "--dist", "loadgroup")


def main(arguments: Sequence[str]) -> int:
    """Run the tests. Returns the worst of pytest's exit codes."""
    options, chosen = _parse(arguments)
    shared = system.is_debian() and system.is_root()
    if not shared:
        print("Not root on Debian or Ubuntu: what needs Slurm or Chromium may be skipped.")
    environment = system.shared_environment(_PROGRAMS) if shared else system.own_environment()
    # PyTorch is large, and only slow tests need it.
    environment.prepare("dev", *(() if options.fast else ("ai",)))
    variables = {**environment.variables(), **node.proxy(environment, shared=shared)}
    if not options.fast:
        variables |= nbgrader.beside(environment)
    variables["PATH"] = os.pathsep.join((str(environment.folder / "bin"), variables["PATH"]))
    _refuse_sources(environment, variables)
    runs = [tuple(chosen)] if chosen else [_UNIT, _REST]
    program = str(environment.folder / "bin" / "pytest")
    fast = _FAST if options.fast else ()
    return max([_pytest([program, *fast, *run], variables) for run in runs])


def _parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        usage="%(prog)s [-h] [--fast] [pytest's own arguments]",
        description=__doc__,
        epilog="With arguments of pytest's own there is one run, of what they say.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--fast", action="store_true", help="leave out what is slow or needs Slurm or a browser"
    )
    return parser.parse_known_args(arguments)


def _refuse_sources(environment: Environment, variables: Mapping[str, str]) -> None:
    """Raise Problem unless the tests will import the packages as they are installed."""
    question = (
        f"import {', '.join(PACKAGES)}; print({', '.join(f'{p}.__file__' for p in PACKAGES)})"
    )
    answer = subprocess.run(
        [str(environment.python), "-P", "-c", question],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=CHECKOUT,
        env=variables,
    )
    places = answer.stdout.count(f"{environment.folder}{os.sep}lib")
    if answer.returncode != 0 or places != len(PACKAGES):
        raise Problem(
            f"The packages are not imported from {environment.folder}: "
            f"{(answer.stdout + answer.stderr).strip()}"
        )


def _pytest(command: list[str], variables: Mapping[str, str]) -> int:
    process = subprocess.Popen(command, cwd=CHECKOUT, env=variables)
    try:
        return process.wait(_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        raise Problem(f"The tests were stopped: not done after {_LIMIT_S} seconds.") from None
    finally:
        # Also after Ctrl-C, which the terminal sends to pytest too: it has a hub to end.
        process.wait(_ENDING_S)
