"""What the cluster says of itself. The reader is pure; anybody may ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from hub_config.onebox import accounting, command, daemons, files
from hub_config.onebox.command import ask, last_words
from hub_config.onebox.layout import Layout
from spawners.errors import BatchError
from spawners.machine import Model

# `scontrol --oneliner --details show nodes`, scontrol(1); text that people write comes last.
_FIELD = re.compile(
    r"(?:^|\s)(?P<key>NodeName|State|CPUAlloc|CPUTot|AllocMem|RealMemory|Gres|GresUsed)="
    r"(?P<value>\S*)"
)
_GPUS = re.compile(r"gpu(?::[^:(,]+)?:(?P<count>\d+)")
_IN_USE = {"IDLE", "MIXED", "ALLOCATED", "COMPLETING"}


class NodeStatus(Model):
    """One virtual node: what it has, what of it is in use. Memory in MiB."""

    name: str
    state: str
    cpus: int
    cpus_used: int
    memory_mib: int
    memory_used_mib: int
    gpus: int
    gpus_used: int
    jobs: int = 0

    @property
    def ready(self) -> bool:
        """Whether jobs can run there: it answers, and nobody has taken it out of use."""
        return set(self.state.split("+")) <= _IN_USE

    @property
    def out_of_use(self) -> bool:
        """Whether it has to be resumed before a job can run there."""
        return any(word in self.state for word in ("DOWN", "DRAIN", "FAIL"))


class ClusterStatus(Model):
    """The cluster as it stands; `reason` says why it is not up."""

    up: bool
    reason: str = ""
    nodes: tuple[NodeStatus, ...] = ()
    waiting_jobs: int = 0
    accounting: Literal["none", "up", "down"] = "none"
    """Whether there are accounts and QOS; jobs go on while their daemon is down."""

    @property
    def ready(self) -> bool:
        """Whether every node can run jobs."""
        return self.up and all(node.ready for node in self.nodes)


def read_nodes(out: str, jobs: Mapping[str, int]) -> tuple[NodeStatus, ...]:
    """Read scontrol's lines; `jobs` counts the running jobs of each node. Pure."""
    return tuple(_node(line, jobs) for line in out.splitlines() if line.startswith("NodeName="))


def status(layout: Layout) -> ClusterStatus:
    """Ask the controller. Never raises for a cluster that is down: it says so."""
    if command.find("scontrol") is None:
        return ClusterStatus(up=False, reason="Slurm is not installed.")
    if not layout.slurm_conf.exists():
        return ClusterStatus(up=False, reason="`onboard onebox up` as root brings it up.")
    if not files.is_ours(layout.slurm_conf):
        return ClusterStatus(up=False, reason=f"{layout.slurm_conf} is not of this cluster.")
    # Slurm's commands would ask a dead controller, or a dead munged, again for half a minute.
    if daemons.find(layout, daemons.slurmctld(layout)) is None:
        return ClusterStatus(up=False, reason="The controller is not running.")
    try:
        if not daemons.munge_answers(layout):
            return ClusterStatus(up=False, reason="munged does not answer.")
        answer = ask("scontrol", "--oneliner", "--details", "show", "nodes", env=layout.environment)
        if answer.returncode != 0:
            return ClusterStatus(up=False, reason=last_words(answer))
        jobs = {node.name: _count(layout, "running", node.name) for node in layout.nodes}
        waiting = _count(layout, "pending")
    except BatchError as error:
        return ClusterStatus(up=False, reason=error.message)
    nodes = read_nodes(answer.stdout, jobs)
    return ClusterStatus(up=True, nodes=nodes, waiting_jobs=waiting, accounting=_accounting(layout))


def _accounting(layout: Layout) -> Literal["none", "up", "down"]:
    if not accounting.is_on(layout):
        return "none"
    return "up" if accounting.answers(layout) else "down"


def _count(layout: Layout, state: str, node: str | None = None) -> int:
    where = [f"--nodelist={node}"] if node else []
    query = ("--noheader", "--array", f"--states={state}", "--format=%i", *where)
    answer = ask("squeue", *query, env=layout.environment)
    return len(answer.stdout.split())


def _node(line: str, jobs: Mapping[str, int]) -> NodeStatus:
    fields: dict[str, str] = {}
    for match in _FIELD.finditer(line):
        fields.setdefault(match["key"], match["value"])
    return NodeStatus(
        name=fields["NodeName"],
        state=fields.get("State", "UNKNOWN"),
        cpus=_number(fields.get("CPUTot")),
        cpus_used=_number(fields.get("CPUAlloc")),
        memory_mib=_number(fields.get("RealMemory")),
        memory_used_mib=_number(fields.get("AllocMem")),
        gpus=_gpus(fields.get("Gres")),
        gpus_used=_gpus(fields.get("GresUsed")),
        jobs=jobs.get(fields["NodeName"], 0),
    )


def _number(word: str | None) -> int:
    return int(word) if word and word.isdigit() else 0


def _gpus(word: str | None) -> int:
    return sum(int(match["count"]) for match in _GPUS.finditer(word or ""))
