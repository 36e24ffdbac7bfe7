"""What Slurm says of a machine: its partitions and QOS. Readers are pure and named.

Formats: sinfo(1), scontrol(1), sacctmgr(1) of Slurm 22.05 and later. A line that is cut or
unknown says nothing; an answer without any line that can be read is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from spawners.errors import BatchUnavailable
from spawners.machine import Model

SINFO = ("sinfo", "--noheader", "--Node", "--format=%R|%N|%c|%m|%G")
PARTITIONS = ("scontrol", "--oneliner", "show", "partition")
CONFIG = ("scontrol", "show", "config")
QOS = ("sacctmgr", "--parsable2", "--noheader", "show", "qos", "format=name,maxwall,maxjobspu")

_NODE = re.compile(
    r"(?P<partition>[\w.-]+)\|(?P<node>[\w.-]+)\|(?P<cpus>\d+)\+?\|(?P<memory>\d+)\+?\|(?P<gres>\S+)"
)
_GPU = re.compile(r"(?:^|,)gpu(?::(?P<type>[^:(,]+))?:(?P<count>\d+)")
_PARTITION = re.compile(r"PartitionName=(?P<name>[\w.-]+) ")
_FIELD = re.compile(r"(?<= )(?P<key>MaxTime|OverSubscribe|State|AllowQos|DenyQos)=(?P<value>\S+)")
_SETTING = re.compile(r"^(?P<key>AccountingStorageType|SelectType) *= (?P<value>\S+)", re.MULTILINE)
_QOS = re.compile(r"(?P<name>[\w.-]+)\|(?P<wall>[\d:-]*)\|(?P<jobs>\d*)")
_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?:(?P<hours>\d+):)?(?P<minutes>\d+):(?P<seconds>\d+)")
_UNLIMITED = ("UNLIMITED", "infinite")


class NodeFacts(Model):
    """One node in one partition. Memory in MiB."""

    partition: str
    node: str
    cpus: int
    memory_mib: int
    gpus: int
    gpu_type: str


class PartitionFacts(Model):
    """One partition: its limit in seconds (None is unlimited), and what it allows."""

    name: str
    max_time_s: int | None
    state: str
    whole_nodes: bool
    allow_qos: frozenset[str] | None = None
    """None allows every QOS that is not denied."""
    deny_qos: frozenset[str] = frozenset()

    def allows(self, qos: str) -> bool:
        """Whether jobs of that QOS may run here."""
        return qos not in self.deny_qos and (self.allow_qos is None or qos in self.allow_qos)


class QosFacts(Model):
    """One QOS: its limits, None where there is none. Seconds."""

    name: str
    max_time_s: int | None
    jobs_per_user: int | None


class Settings(Model):
    """Of the controller's configuration what matters here."""

    accounting: bool
    whole_nodes: bool


class Facts(Model):
    """All that was asked of one machine."""

    nodes: tuple[NodeFacts, ...]
    partitions: Mapping[str, PartitionFacts]
    qos: Mapping[str, QosFacts]
    settings: Settings


def read_nodes(out: str) -> tuple[NodeFacts, ...]:
    """Read the answer to `SINFO`."""
    found = [m for line in out.splitlines() if (m := _NODE.fullmatch(line.strip()))]
    if not found:
        raise BatchUnavailable("sinfo printed nothing that can be read.")
    return tuple(
        NodeFacts(
            partition=one["partition"],
            node=one["node"],
            cpus=int(one["cpus"]),
            memory_mib=int(one["memory"]),
            gpus=count_gpus(one["gres"]),
            gpu_type=gpu_type(one["gres"]),
        )
        for one in found
    )


def count_gpus(gres: str) -> int:
    """Return how many GPUs a GRES word names, such as `gpu:a100:4(S:0-1),nvme:1`."""
    return sum(int(one["count"]) for one in _GPU.finditer(gres))


def gpu_type(gres: str) -> str:
    """Return the type of the GPUs in a GRES word, or "" where it names none."""
    return next((one["type"] for one in _GPU.finditer(gres) if one["type"]), "")


def read_partitions(out: str) -> dict[str, PartitionFacts]:
    """Read the answer to `PARTITIONS`."""
    partitions = {}
    for line in out.splitlines():
        name = _PARTITION.match(line)
        fields = {one["key"]: one["value"] for one in _FIELD.finditer(line)}
        if name and {"MaxTime", "State"} <= fields.keys():
            partitions[name["name"]] = _partition(name["name"], fields)
    if not partitions:
        raise BatchUnavailable("scontrol printed no partition that can be read.")
    return partitions


def _partition(name: str, fields: Mapping[str, str]) -> PartitionFacts:
    allowed = fields.get("AllowQos", "ALL")
    return PartitionFacts(
        name=name,
        max_time_s=read_time_s(fields["MaxTime"]),
        state=fields["State"],
        whole_nodes=fields.get("OverSubscribe") == "EXCLUSIVE",
        allow_qos=None if allowed == "ALL" else frozenset(allowed.split(",")),
        deny_qos=frozenset(fields.get("DenyQos", "").split(",")),
    )


def read_settings(out: str) -> Settings:
    """Read the answer to `CONFIG`."""
    found = {one["key"]: one["value"] for one in _SETTING.finditer(out)}
    if not found:
        raise BatchUnavailable("scontrol printed no configuration that can be read.")
    kind = found.get("AccountingStorageType", "(null)")
    return Settings(
        accounting=kind not in ("accounting_storage/none", "(null)"),
        whole_nodes=found.get("SelectType") == "select/linear",
    )


def read_qos(out: str) -> dict[str, QosFacts]:
    """Read the answer to `QOS`."""
    found = [m for line in out.splitlines() if (m := _QOS.fullmatch(line.strip()))]
    return {
        one["name"]: QosFacts(
            name=one["name"],
            max_time_s=read_time_s(one["wall"]) if one["wall"] else None,
            jobs_per_user=int(one["jobs"]) if one["jobs"] else None,
        )
        for one in found
    }


def read_time_s(word: str) -> int | None:
    """Read Slurm's `[days-][hours:]minutes:seconds`; None is unlimited."""
    if word in _UNLIMITED:
        return None
    match = _TIME.fullmatch(word)
    if match is None:
        raise BatchUnavailable(f"Slurm gave a time that cannot be read: {word[:40]!a}.")
    days, hours, minutes, seconds = (
        int(match[key] or 0) for key in ("days", "hours", "minutes", "seconds")
    )
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
