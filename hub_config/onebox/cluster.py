"""Bring the one-machine cluster up and down. Both may be called at any time, and again."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hub_config.onebox import accounting, accounts, daemons, files, jobs, packages
from hub_config.onebox.command import ask
from hub_config.onebox.layout import Layout
from hub_config.onebox.status import ClusterStatus, status
from spawners.errors import BatchError, InvalidInput, OnboardError

__all__ = ["ClusterStatus", "down", "status", "up"]

_LOCK_LIMIT_S = 120.0
_READY_LIMIT_S = 45.0


def up(layout: Layout) -> ClusterStatus:
    """Make the cluster ready for jobs; on one that is ready this changes nothing.

    Accounting that is there stays until `down`, whatever the layout says.

    Needs root on Debian or Ubuntu. Raises MissingTool, InvalidInput when the machine has a
    Slurm or users of its own by these names (then nothing was touched), or BatchError.
    """
    packages.require()
    _refuse_what_is_not_ours(layout)
    layout = _as_it_stands(layout)
    packages.install(accounting=layout.accounting)
    with _alone(layout):
        accounts.ensure(layout)
        accounts.put_sudoers(layout)
        _prepare_folders(layout)
        _configure(layout)
        if layout.accounting:
            accounting.ensure(layout)
        _ensure_controller(layout)
        if layout.accounting:
            accounting.fill(layout)
        for node in layout.nodes:
            daemons.ensure(layout, daemons.slurmd(layout, node))
        return _ready(layout)


def down(layout: Layout) -> None:
    """End the jobs and the daemons, and remove what `up` put on the system.

    The users and their homes stay, and so do the logs, the accounting's history, and the number
    of the next job.
    """
    packages.require()
    if not layout.state_dir.exists():
        return
    layout = _as_it_stands(layout)
    with _alone(layout):
        if files.is_ours(layout.slurm_conf):
            # A controller that crashed still remembers jobs, and would start them next time.
            with suppress(OnboardError):
                if layout.accounting:
                    accounting.ensure(layout)
                _ensure_controller(layout)
                jobs.cancel_all(layout)
        daemons.stop_slurm(layout)
        jobs.end_leftovers(layout)
        # After the controller, which still has the jobs' ends to tell.
        accounting.stop(layout)
        daemons.stop_munged(layout)
        _remove_files(layout)


def configuration(layout: Layout) -> dict[Path, str]:
    """Return Slurm's files and their contents for this machine."""
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    host = socket.gethostname().partition(".")[0]
    folder = layout.config_dir
    return {
        layout.slurm_conf: files.render("slurm.conf.j2", layout=layout, host=host),
        folder / "gres.conf": files.render("gres.conf.j2", layout=layout),
        folder / "cgroup.conf": files.render("cgroup.conf.j2", unified=unified),
    }


def _as_it_stands(layout: Layout) -> Layout:
    on = layout.accounting or accounting.is_on(layout)
    return layout.model_copy(update={"accounting": on})


def _refuse_what_is_not_ours(layout: Layout) -> None:
    files.refuse_foreign([*configuration(layout), layout.sudoers_file])
    accounts.check(layout)
    hosts = layout.hosts_file.read_text() if layout.hosts_file.exists() else ""
    taken = files.host_names(files.with_block(hosts, "")) & {node.name for node in layout.nodes}
    if taken:
        raise InvalidInput(
            f"{layout.hosts_file} already has a host {', '.join(sorted(taken))}: "
            "nothing was changed.",
            hint="Choose another prefix for the nodes' names.",
        )


def _prepare_folders(layout: Layout) -> None:
    layout.controller_dir.mkdir(parents=True, exist_ok=True)
    # slurmctld keeps the jobs' scripts and environments there.
    layout.controller_dir.chmod(0o700)
    for folder in (layout.spool_dir, layout.run_dir, layout.log_dir):
        folder.mkdir(exist_ok=True)
    _make_gpus(layout)


def _configure(layout: Layout) -> None:
    files.put_block(layout.hosts_file, files.render("hosts.j2", layout=layout))
    files.put(layout.epilog, files.render("epilog.sh.j2", layout=layout), mode=0o755)
    wanted = configuration(layout)
    if all(files.holds(path, text) for path, text in wanted.items()):
        return
    # Daemons that run on what stood there before end first; their jobs go on.
    daemons.stop_slurm(layout)
    for path, text in wanted.items():
        files.put(path, text)


def _make_gpus(layout: Layout) -> None:
    null = os.makedev(1, 3)
    for path in layout.gpu_files:
        if path.is_char_device():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.mknod(path, 0o666 | stat.S_IFCHR, null)
        except PermissionError:
            raise BatchError(
                f"The virtual GPU {path} could not be made: this system allows no device files.",
                hint="In a container, allow the capability MKNOD.",
            ) from None
        path.chmod(0o666)


def _ensure_controller(layout: Layout) -> None:
    controller = daemons.slurmctld(layout)
    daemons.ensure_munged(layout)
    daemons.ensure(layout, controller)
    daemons.wait_until(
        lambda: ask("scontrol", "ping", env=layout.environment).returncode == 0,
        "The controller does not answer",
        controller,
    )


def _ready(layout: Layout) -> ClusterStatus:
    deadline = time.monotonic() + _READY_LIMIT_S
    while not (now := status(layout)).ready:
        if time.monotonic() > deadline:
            raise BatchError(f"The cluster is not ready after {_READY_LIMIT_S:.0f} s: "
                             f"{_complaint(layout, now)}")  # fmt: skip
        for node in now.nodes:
            if node.out_of_use:
                # Refused while the node's daemon is still silent: asked again at the next look.
                change = ("update", f"NodeName={node.name}", "State=RESUME")
                ask("scontrol", *change, env=layout.environment)
        time.sleep(0.1)
    return now


def _complaint(layout: Layout, now: ClusterStatus) -> str:
    if not now.up:
        return now.reason + daemons.tail(daemons.slurmctld(layout).log)
    lost = {node.name: node.state for node in now.nodes if not node.ready}
    logs = [
        daemons.tail(daemons.slurmd(layout, node).log) for node in layout.nodes if node.name in lost
    ]
    return f"{lost}" + "\n".join(logs)


def _remove_files(layout: Layout) -> None:
    ours = [path for path in (*configuration(layout), layout.sudoers_file) if files.is_ours(path)]
    for path in (*ours, *layout.gpu_files, layout.epilog):
        path.unlink(missing_ok=True)
    files.put_block(layout.hosts_file, "")


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Hold the cluster's lock: two of us would each start half of it."""
    layout.state_dir.mkdir(parents=True, exist_ok=True)
    with (layout.state_dir / "lock").open("w") as lock:
        deadline = time.monotonic() + _LOCK_LIMIT_S
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > deadline:
                raise BatchError("Another `onboard onebox` is at work.", hint="Wait for its end.")
            time.sleep(0.1)
        yield
