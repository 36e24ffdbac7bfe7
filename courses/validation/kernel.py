"""A lesson's kernel, in a child of a warm process: kept, cut off, and then the usual ipykernel."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from courses.validation import isolation, processes
from courses.validation.keeper import Limits, keep
from courses.validation.zygote import log_into
from spawners.machine import Model

LOG, NETWORK = "kernel.log", "network.log"


class KernelRequest(Model):
    """What a kernel is to be: the warm process' own Python, or `argv` where that is given."""

    run: Path
    """The folder of this run, for the log and the reports."""
    cwd: Path
    variables: Mapping[str, str]
    connection_file: Path
    argv: tuple[str, ...] = ()
    online: bool = False
    limits: Limits


def start(**request: Any) -> None:  # noqa: ANN401  JSON, checked here
    """Be the keeper of a kernel: what the warm process calls in its child."""
    asked = KernelRequest.model_validate(request)
    log_into(asked.run / LOG)
    keep(lambda: _become(asked), asked.limits, asked.run)


def network_attempts(run: Path) -> tuple[str, ...]:
    """Return the addresses that the kernel of that run tried to reach, in this order."""
    try:
        lines = (run / NETWORK).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return tuple(line[:200] for line in lines if line)


def _become(asked: KernelRequest) -> None:
    os.chdir(asked.cwd)
    isolation.limit_tasks(processes.tasks() + asked.limits.processes + asked.limits.threads)
    if not asked.online:
        isolation.leave_network()
    if asked.argv:
        os.execvpe(asked.argv[0], list(asked.argv), dict(asked.variables))  # noqa: S606
    os.environ.clear()
    os.environ.update(asked.variables)
    _forget_the_warm_process()
    if not asked.online:
        isolation.refuse_network(asked.run / NETWORK)
    _run_kernel(("-f", str(asked.connection_file)))


def cold(connection_file: str, run: str, online: bool) -> None:
    """Be a kernel in a new Python: what `argv` leads to where nothing is forked."""
    if not online:
        isolation.refuse_network(Path(run, NETWORK))
    _run_kernel(("-f", connection_file))


def _run_kernel(arguments: Sequence[str]) -> None:
    from ipykernel.kernelapp import IPKernelApp

    # As `python -m ipykernel_launcher` has it: a lesson's own modules are beside it.
    sys.path[0] = ""
    sys.argv = ["ipykernel_launcher.py", *arguments]
    app = IPKernelApp.instance()
    app.initialize([*arguments, "--HistoryManager.enabled=False"])
    app.start()


def _forget_the_warm_process() -> None:
    """Renew what a module keeps from the time when it was loaded."""
    tempfile.tempdir = None
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        # Else every lesson would draw the same "random" numbers.
        numpy.random.seed()


if __name__ == "__main__":
    cold(sys.argv[1], sys.argv[2], sys.argv[3] == "online")
