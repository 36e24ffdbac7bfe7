"""Compare a site's file with the machine on the spot: ask Slurm, and name every difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub_config.site_facts import (
    CONFIG,
    PARTITIONS,
    QOS,
    SINFO,
    Facts,
    NodeFacts,
    read_nodes,
    read_partitions,
    read_qos,
    read_settings,
)
from spawners.batch.command import run
from spawners.errors import BatchUnavailable
from spawners.machine import Machine, Partition, Qos

_LIMIT_S = 30.0
_ABSENT = "not there"


@dataclass(frozen=True)
class Difference:
    """One key on which the file and the machine do not agree."""

    key: str
    file: str
    machine: str


async def ask() -> Facts:
    """Ask the Slurm of this host, as whoever calls. Raises MissingTool or BatchUnavailable."""
    settings = read_settings(await _output(CONFIG))
    return Facts(
        nodes=read_nodes(await _output(SINFO)),
        partitions=read_partitions(await _output(PARTITIONS)),
        # Without accounting there is no QOS, and sacctmgr only complains.
        qos=read_qos(await _output(QOS)) if settings.accounting else {},
        settings=settings,
    )


async def _output(argv: Sequence[str]) -> str:
    answer = await run(argv, timeout_s=_LIMIT_S)
    if answer.code != 0:
        last = answer.err.splitlines()[-1] if answer.err else f"exit code {answer.code}"
        raise BatchUnavailable(
            f"Slurm does not answer ({argv[0]}: {last}).",
            hint="Run this where the site's Slurm commands work, such as a login node.",
        )
    return answer.out


def differences(machine: Machine, facts: Facts) -> tuple[Difference, ...]:
    """Return where the file differs. What the file does not say cannot differ. Pure."""
    return (
        *(row for one in machine.partitions for row in _partition(one, facts)),
        *(row for one in machine.qos for row in _qos(one, facts)),
        *_sizes(machine, facts),
        *_account(machine, facts),
    )


def _partition(said: Partition, facts: Facts) -> Iterator[Difference]:
    key = f"machine.partitions.{said.name}"
    found = facts.partitions.get(said.name)
    if found is None:
        yield Difference(key, "a partition", _ABSENT)
        return
    if found.state != "UP":
        yield Difference(key, "in use", found.state)
    yield from _number(f"{key}.max_time_s", said.max_time_s, (found.max_time_s,))
    whole = found.whole_nodes or facts.settings.whole_nodes
    if said.whole_nodes != whole:
        yield Difference(f"{key}.whole_nodes", _word(said.whole_nodes), _word(whole))
    yield from _nodes(key, said, [one for one in facts.nodes if one.partition == said.name])


def _nodes(key: str, said: Partition, found: Sequence[NodeFacts]) -> Iterator[Difference]:
    yield from _number(f"{key}.nodes", said.nodes, (len({one.node for one in found}),))
    cpus = [one.cpus for one in found]
    memory = [one.memory_mib for one in found]
    yield from _number(f"{key}.cpus_per_node", said.cpus_per_node, cpus)
    yield from _number(f"{key}.memory_mib_per_node", said.memory_mib_per_node, memory)
    yield from _number(f"{key}.gpus_per_node", said.gpus_per_node, [one.gpus for one in found])
    types = sorted({one.gpu_type for one in found})
    if said.gpu_type and said.gpu_type not in types:
        yield Difference(f"{key}.gpu_type", said.gpu_type, ", ".join(types) or _ABSENT)


def _qos(said: Qos, facts: Facts) -> Iterator[Difference]:
    key = f"machine.qos.{said.name}"
    found = facts.qos.get(said.name)
    if found is None:
        yield Difference(key, "a QOS", _ABSENT)
        return
    yield from _number(f"{key}.max_time_s", said.max_time_s, (found.max_time_s,))
    yield from _number(f"{key}.jobs_per_user", said.jobs_per_user, (found.jobs_per_user,))


def _sizes(machine: Machine, facts: Facts) -> Iterator[Difference]:
    for size in machine.sizes:
        partition = facts.partitions.get(size.partition or "")
        if size.qos and partition and not partition.allows(size.qos):
            where = f"partition {partition.name} does not allow it"
            yield Difference(f"machine.sizes.{size.name}.qos", size.qos, where)


def _account(machine: Machine, facts: Facts) -> Iterator[Difference]:
    if machine.account == "required" and not facts.settings.accounting:
        yield Difference("machine.account", machine.account, "no accounting")


def _number(key: str, said: int | None, found: Sequence[int | None]) -> Iterator[Difference]:
    """Yield a difference unless some node (or the one limit) is as the file says."""
    if said is None or said in found:
        return
    numbers = sorted({one for one in found if one is not None})
    there = " to ".join(str(one) for one in dict.fromkeys((*numbers[:1], *numbers[-1:])))
    yield Difference(key, str(said), there or ("no limit" if found else _ABSENT))


def _word(truth: bool) -> str:
    return "true" if truth else "false"
