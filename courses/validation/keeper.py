"""The process between the warm one and a lesson's kernel: it measures, and it ends what is left.

Whatever a kernel starts stays below its keeper, daemons too (Linux). When the kernel is over, or
holds more than it may, the keeper kills all of it and writes what it saw.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from courses.validation import processes
from courses.validation.gpu_memory import GpuMemory
from courses.validation.job import write
from spawners.machine import Model

REPORT = "kept.json"

_EVERY = 5
"""The whole family is looked at less often than the kernel itself."""


class Limits(Model):
    """What a kernel may use, with everything that it starts."""

    memory_mib: int
    processes: int = 256
    threads: int = 2048


class Kept(Model):
    """What the keeper saw. Memory in MiB."""

    peak_memory_mib: int = 0
    gpu_memory_mib: int | None = None
    killed: Literal["", "memory", "processes", "threads"] = ""
    """Which limit the kernel was killed for."""
    offline: bool = False
    """Whether the kernel was in a network of its own, without a way out."""
    exit_code: int | None = None
    """The kernel's; negative is the signal that ended it, None that the keeper did."""


def read_report(run: Path) -> Kept:
    """Return what the keeper of that run wrote; an empty one where it could not."""
    try:
        return Kept.model_validate_json((run / REPORT).read_bytes())
    except (OSError, ValidationError):
        return Kept()


def forget_report(run: Path) -> None:
    """Delete what an earlier keeper of that run wrote."""
    (run / REPORT).unlink(missing_ok=True)


def keep(kernel: Callable[[], None], limits: Limits, run: Path, *, look_s: float = 0.02) -> None:
    """Fork the kernel, look at it that often, and leave with its exit code once it is over."""
    # Blocked, they wait to be asked for: nothing comes between a look and the next.
    signals = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    processes.adopt_orphans()
    processes.die_with_parent(signal.SIGTERM)
    pid = os.fork()
    if pid == 0:
        processes.die_with_parent(signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        os.setsid()
        kernel()
        os._exit(0)
    keeper = _Keeper(pid, limits, look_s)
    try:
        code = keeper.wait(signals)
    finally:
        processes.kill_below(os.getpid())
        with contextlib.suppress(OSError):
            write(run / REPORT, keeper.kept())
    # As a shell says it: a process cannot leave with a signal's number.
    raise SystemExit(code if code >= 0 else 128 - code)


class _Keeper:
    def __init__(self, pid: int, limits: Limits, look_s: float) -> None:
        self._pid = pid
        self._limits = limits
        self._look_s = look_s
        self._peak_mib = 0.0
        self._killed: Literal["", "memory", "processes", "threads"] = ""
        self._others_mib = 0.0
        self._gpu = GpuMemory()
        self._offline = False
        self._tasks = processes.tasks()
        self._exit_code: int | None = None

    def kept(self) -> Kept:
        return Kept(
            peak_memory_mib=round(self._peak_mib),
            gpu_memory_mib=self._gpu.peak_mib,
            killed=self._killed,
            offline=self._offline,
            exit_code=self._exit_code,
        )

    def wait(self, signals: set[signal.Signals]) -> int:
        """Return the kernel's exit code; a negative one is the signal that ended it."""
        look = 0
        next_look = time.monotonic()
        while True:
            pause = max(0.0, next_look - time.monotonic())
            got = signal.sigtimedwait(signals, pause)
            if got is None:
                self._look(whole=look % _EVERY == 0 or self._multiplies())
                look += 1
                next_look = time.monotonic() + self._look_s
            elif got.si_signo == signal.SIGINT:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGINT)
            elif got.si_signo == signal.SIGTERM:
                # On a busy machine a short lesson is over between two looks.
                self._look(whole=True)
                return -signal.SIGTERM
            if self._killed:
                return -signal.SIGKILL
            code = self._reap()
            if code is not None:
                return code

    def _reap(self) -> int | None:
        # Orphans that were adopted end here too.
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return 0
            if pid == 0:
                return None
            if pid == self._pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
                return self._exit_code

    def _multiplies(self) -> bool:
        # One number for the whole computer: cheap to ask, and a bomb doubles faster than we count.
        return processes.tasks() - self._tasks > self._limits.processes

    def _look(self, *, whole: bool) -> None:
        if whole:
            # Once it has left it cannot come back; of one that is over, nothing can be seen.
            self._offline |= processes.network_of(self._pid) not in ("", processes.network_of())
            others = [one for one in processes.descendants(os.getpid()) if one != self._pid]
            if len(others) >= self._limits.processes:
                self._killed = "processes"
                return
            if processes.threads(self._pid) > self._limits.threads:
                self._killed = "threads"
                return
            self._others_mib = sum(processes.own_share_mib(one) for one in others)
            self._gpu.look({self._pid, *others})
        held = processes.memory_mib(self._pid) + self._others_mib
        self._peak_mib = max(self._peak_mib, held)
        if held > self._limits.memory_mib:
            self._killed = "memory"
