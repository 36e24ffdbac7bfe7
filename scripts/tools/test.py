"""scripts/test: install what the tests need, then run them all, or those that are named."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
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
_REST = ("tests", "--ignore=tests/unit")
# All that need the cluster share it, in one process. They wait for the scheduler most of the time:
# the others run beside them. xdist's groups would do, but have no effect with pytest 9.2.
_BESIDE = ((*_REST, "-m", "slurm"), (*_REST, "-m", "not slurm"))
# Sites of different runs look for their ports in different ranges.
_FIRST_PORT, _PORTS = 18000, 5000


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
    program = str(environment.folder / "bin" / "pytest")
    stages = [[[program, *run] for run in stage] for stage in _stages(options.fast, chosen)]
    return max(code for stage in stages for code in _side_by_side(stage, variables))


def _stages(fast: bool, chosen: Sequence[str]) -> list[list[tuple[str, ...]]]:
    """Return the runs of pytest, by their arguments: stage by stage, those of a stage at once."""
    if fast:
        return [[(*_FAST, *run)] for run in ([tuple(chosen)] if chosen else (_UNIT, _REST))]
    return [[tuple(chosen)]] if chosen else [[_UNIT], list(_BESIDE)]


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


def _side_by_side(commands: Sequence[list[str]], variables: Mapping[str, str]) -> list[int]:
    """Run them at once: the first one's output is seen as it comes, the others' at the end."""
    with contextlib.ExitStack() as stack:
        outputs = [None, *(stack.enter_context(tempfile.TemporaryFile()) for _ in commands[1:])]
        processes = [
            subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env={**variables, "ONBOARD_TEST_PORTS": str(_FIRST_PORT + turn * _PORTS)},
                stdout=output,
                stderr=output and subprocess.STDOUT,
            )
            for turn, (command, output) in enumerate(zip(commands, outputs, strict=True))
        ]
        try:
            return _codes(processes)
        finally:
            sys.stdout.flush()
            for output in filter(None, outputs):
                output.seek(0)
                shutil.copyfileobj(output, sys.stdout.buffer)


def _codes(processes: Sequence[subprocess.Popen[bytes]]) -> list[int]:
    limit = time.monotonic() + _LIMIT_S
    try:
        return [process.wait(max(0, limit - time.monotonic())) for process in processes]
    except subprocess.TimeoutExpired:
        for process in processes:
            process.send_signal(signal.SIGINT)
        raise Problem(f"The tests were stopped: not done after {_LIMIT_S} seconds.") from None
    finally:
        # Also after Ctrl-C, which the terminal sends to pytest too: it has a hub to end.
        for process in processes:
            process.wait(_ENDING_S)
