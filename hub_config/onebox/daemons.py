"""Start and end the cluster's daemons; know them by pid and start time."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from hub_config.onebox.command import SYSTEM_PATH, ask, tool
from hub_config.onebox.layout import Layout, Node
from spawners.errors import BatchError

_START_LIMIT_S = 20.0
_STOP_LIMIT_S = 10.0
_LOOK_EVERY_S = 0.05
# The kernel counts a process's start in hundredths of a second; its clock may be corrected.
_SAME_START_S = 2.0


@dataclass(frozen=True)
class Daemon:
    """One daemon: how it starts, where it writes its pid, where it complains."""

    name: str
    program: str
    arguments: tuple[str, ...]
    pid_file: Path
    log: Path
    user: str = "root"
    environment: tuple[tuple[str, str], ...] = ()
    foreground: bool = False
    """Whether the program has no way of its own to leave its caller's terminal."""


def munged(layout: Layout) -> Daemon:
    """Return the daemon that vouches for users."""
    pid_file = layout.munge_dir / "munged.pid"
    arguments = (f"--socket={layout.munge_socket}", f"--pid-file={pid_file}")
    log = Path("/var/log/munge/munged.log")
    return Daemon("munged", "munged", arguments, pid_file, log, user="munge")


def slurmctld(layout: Layout) -> Daemon:
    """Return the controller."""
    return Daemon(
        "slurmctld",
        "slurmctld",
        ("-f", str(layout.slurm_conf)),
        layout.run_dir / "slurmctld.pid",
        layout.log_dir / "slurmctld.log",
    )


def slurmd(layout: Layout, node: Node) -> Daemon:
    """Return the daemon of one virtual node."""
    name = f"slurmd-{node.name}"
    return Daemon(
        name,
        "slurmd",
        ("-f", str(layout.slurm_conf), "-N", node.name),
        layout.run_dir / f"{name}.pid",
        layout.log_dir / f"{name}.log",
    )


def of_slurm(layout: Layout) -> list[Daemon]:
    """Return the controller and the nodes' daemons, in the order of their start."""
    return [slurmctld(layout), *(slurmd(layout, node) for node in layout.nodes)]


def munge_answers(layout: Layout) -> bool:
    """Whether some munged, ours or the distribution's own, vouches for us."""
    return ask("munge", "--no-input", f"--socket={layout.munge_socket}").returncode == 0


def ensure_munged(layout: Layout) -> None:
    """Start munged as user munge, unless one already answers."""
    if munge_answers(layout):
        return
    owner = pwd.getpwnam("munge")
    layout.munge_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    os.chown(layout.munge_dir, owner.pw_uid, owner.pw_gid)
    ensure(layout, munged(layout))
    wait_until(lambda: munge_answers(layout), "munged does not answer", munged(layout))


def ensure(layout: Layout, daemon: Daemon) -> None:
    """Start the daemon unless it runs, and remember its process."""
    if not _noted(layout, daemon):
        _start(layout, daemon)
        wait_until(lambda: _noted(layout, daemon), f"{daemon.name} did not start", daemon)


def find(layout: Layout, daemon: Daemon) -> psutil.Process | None:
    """Return the daemon's process: the remembered one, or else the one its pid file names."""
    found = _remembered(layout, daemon) or _from_pid_file(daemon)
    return found or (_from_command_line(daemon) if daemon.foreground else None)


def stop_slurm(layout: Layout) -> None:
    """End the controller and the nodes' daemons, if they are still the processes we know."""
    _end({one: find(layout, one) for one in of_slurm(layout)}, layout)


def stop_munged(layout: Layout) -> None:
    """End munged if we started it; the distribution's own is left alone."""
    _end({munged(layout): _remembered(layout, munged(layout))}, layout)


def stop(layout: Layout, daemon: Daemon) -> None:
    """End this daemon, if it is still the process we know."""
    _end({daemon: find(layout, daemon)}, layout)


def _end(known: Mapping[Daemon, psutil.Process | None], layout: Layout) -> None:
    processes = [process for process in known.values() if process is not None]
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=_STOP_LIMIT_S)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=_STOP_LIMIT_S)
    for daemon in known:
        _record(layout, daemon).unlink(missing_ok=True)


def wait_until(
    ready: Callable[[], bool], otherwise: str, daemon: Daemon, *, limit_s: float = _START_LIMIT_S
) -> None:
    """Ask until it is so. Raises BatchError with the last lines of the daemon's log."""
    deadline = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > deadline:
            raise BatchError(f"{otherwise} within {limit_s:.0f} s.{tail(daemon.log)}")
        time.sleep(_LOOK_EVERY_S)


def tail(log: Path, lines: int = 8) -> str:
    """Return the end of a log, as an appendix to an error message."""
    if not log.exists():
        return f" {log} was not written."
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f" The end of {log}:", *last])


def _start(layout: Layout, daemon: Daemon) -> None:
    said = layout.log_dir / f"{daemon.name}.start"
    with said.open("w") as words:
        try:
            code = subprocess.run(
                _command(daemon),
                user=daemon.user,
                group=pwd.getpwnam(daemon.user).pw_gid,
                extra_groups=[],
                # What the caller has in its environment and its limits is none of a daemon's.
                env={"PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", **dict(daemon.environment)},
                umask=0o022,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                timeout=_START_LIMIT_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
    if code != 0:
        raise BatchError(f"{daemon.name} did not start.{tail(said)}\n{tail(daemon.log)}")


def _command(daemon: Daemon) -> list[str]:
    away = [tool("setsid"), "--fork"] if daemon.foreground else []
    return [*away, tool(daemon.program), *daemon.arguments]


def _record(layout: Layout, daemon: Daemon) -> Path:
    return layout.run_dir / f"{daemon.name}.json"


def _noted(layout: Layout, daemon: Daemon) -> bool:
    process = find(layout, daemon)
    if process is None:
        return False
    text = json.dumps({"pid": process.pid, "started": process.create_time()})
    path = _record(layout, daemon)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return True


def _remembered(layout: Layout, daemon: Daemon) -> psutil.Process | None:
    try:
        known = json.loads(_record(layout, daemon).read_text())
    except (FileNotFoundError, ValueError):
        return None
    process = _process(int(known["pid"]), daemon)
    same = process and abs(process.create_time() - float(known["started"])) < _SAME_START_S
    return process if same else None


def _from_pid_file(daemon: Daemon) -> psutil.Process | None:
    try:
        pid, written = int(daemon.pid_file.read_text()), daemon.pid_file.stat().st_mtime
    except (FileNotFoundError, ValueError):
        return None
    process = _process(pid, daemon)
    # A process younger than the file was given the number of one that has ended.
    older = process and process.create_time() <= written + _SAME_START_S
    return process if older else None


def _from_command_line(daemon: Daemon) -> psutil.Process | None:
    # It writes its pid late: whoever started it may have been killed before. Its arguments name
    # a file of this layout, so that no other process has them.
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            if process.info["name"] == daemon.program and process.cmdline()[1:] == list(
                daemon.arguments
            ):
                return process
    return None


def _process(pid: int, daemon: Daemon) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        alive = process.status() != psutil.STATUS_ZOMBIE and process.name() == daemon.program
    except psutil.NoSuchProcess:
        return None
    return process if alive else None
