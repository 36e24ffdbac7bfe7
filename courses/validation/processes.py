"""The processes that a lesson starts: who they are, what they hold, how they all end.

On Linux from /proc, which costs microseconds; elsewhere from psutil.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_MIB = 1024**2
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LINUX = sys.platform == "linux"
_KILL_S = 30.0


def adopt_orphans() -> None:
    """Stay the ancestor of whatever is started below, even of what tries to leave (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(number: signal.Signals) -> None:
    """Get that signal when the process that this was forked from ends (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, number)


def _prctl(option: int, value: int) -> None:
    if _LINUX:
        ctypes.CDLL(None).prctl(option, int(value), 0, 0, 0)


def descendants(pid: int) -> list[int]:
    """Return every process below `pid`, parents before children."""
    found: list[int] = []
    ahead = [pid]
    while ahead:
        children = list(_children(ahead.pop()))
        found += children
        ahead += children
    return found


def _children(pid: int) -> Iterator[int]:
    if not _LINUX:
        with contextlib.suppress(psutil.Error):
            yield from (child.pid for child in psutil.Process(pid).children())
        return
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def _groups(pids: Iterable[int]) -> set[int]:
    found = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            found.add(os.getpgid(pid))
    return found - {os.getpgrp()}


def memory_mib(pid: int) -> float:
    """Return what a process holds, all pages that it shares included; 0 if it is gone."""
    with contextlib.suppress(OSError, IndexError, psutil.Error):
        if _LINUX:
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / _MIB
        return float(psutil.Process(pid).memory_info().rss) / _MIB
    return 0.0


def own_share_mib(pid: int) -> float:
    """Return what a process holds, less what it shares with others (Linux); 0 if it is gone.

    A pool of forked children would count its parent's memory many times over.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0 if _LINUX else memory_mib(pid)


def tasks() -> int:
    """Return how many processes and threads there are on this computer (Linux; else 0)."""
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return 0


def threads(pid: int) -> int:
    """Return how many threads a process has (Linux; else 0)."""
    try:
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    except OSError:
        return 0


def network_of(pid: int | None = None) -> str:
    """Return a name for the network that a process (None: this one) is in; nothing if unknown."""
    try:
        return str(Path(f"/proc/{pid or 'self'}/ns/net").readlink())
    except OSError:
        return ""


def kill_below(pid: int, spared: Container[int] = ()) -> None:
    """Kill all below `pid`, however fast they multiply, but its children `spared`; reap the rest.

    `pid` is this process or one below it.
    """
    limit = time.monotonic() + _KILL_S
    while time.monotonic() < limit:
        first = [one for one in _children(pid) if one not in spared]
        doomed = [*first, *(deep for one in first for deep in descendants(one))]
        if not doomed:
            return
        # A whole group dies at one call, also what it forks meanwhile.
        for group in _groups(doomed):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        # Stopped first: what is stopped cannot fork while the others are killed.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for one in doomed:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(one, number)
        for one in doomed:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(one, os.WNOHANG)
        time.sleep(0.002)
