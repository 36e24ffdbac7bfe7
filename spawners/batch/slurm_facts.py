"""What Slurm says of everybody's possibilities: sinfo, scontrol, sacctmgr, sbatch --test-only.

Readers are pure and named; a line that is cut or unknown says nothing. Questions are asked as
ourselves, never through sudo. Formats: sinfo(1), scontrol(1), sacctmgr(1) of Slurm 22.05 and later.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from spawners.access import Association, PartitionRule, Reservation, SiteAccess
from spawners.batch.command import Answer, run
from spawners.errors import BatchUnavailable
from spawners.jobs import JobSpec
from spawners.machine import SLURM_NAME, Machine, SessionSize
from spawners.offers import Estimate, NodeFacts, Nodes
from spawners.script import render

SINFO_FORMAT = (
    "NodeList:|,Partition:|,StateLong:|,CPUsState:|,Memory:|,AllocMem:|,Gres:|,GresUsed:|"
)
SACCTMGR_FORMAT = "user,defaultaccount,cluster,account,partition,qos"

_SLURM_NAME = re.compile(SLURM_NAME)
_SINFO_LINE = re.compile(
    rf"(?P<node>{SLURM_NAME})\|(?P<partition>{SLURM_NAME})(?P<default>\*?)"
    r"\|(?P<state>[a-z_]+)(?P<flags>[^a-z_|\s]*)"
    r"\|(?P<cpus_used>\d{1,9})/(?P<cpus_idle>\d{1,9})/\d{1,9}/(?P<cpus>\d{1,9})"
    r"\|(?P<memory>\d{1,12})\|(?P<memory_used>\d{1,12})\|(?P<gres>[^|]*)\|(?P<gres_used>[^|]*)\|"
)
_GPUS = re.compile(r"(?:^|,)gpu(?::[^:,()]+)?:(?P<count>\d{1,4})(?=[(,]|$)")
_SACCTMGR_LINE = re.compile(
    rf"(?P<user>[^|]+)\|(?P<default>[^|]*)\|(?P<cluster>[^|]*)\|(?P<account>{SLURM_NAME})"
    rf"\|(?P<partition>(?:{SLURM_NAME})?)\|(?P<qos>[^|]*)"
)
_FIELD = re.compile(r"(?:^|\s)(?P<key>[A-Za-z]+)=(?P<value>\S*)")
_CONFIG_LINE = re.compile(r"(?P<key>ClusterName|AccountingStorageType)\s*= (?P<value>\S+)")
_DURATION = re.compile(r"(?:(?P<days>\d+)-)?(?P<h>\d+):(?P<m>\d\d):(?P<s>\d\d)")
_TEST_ONLY = re.compile(r"^sbatch: Job \d+ to start at (?P<at>\S+) using", re.MULTILINE)

# A node that may be started when somebody wants it (~, #) is as good as one that is up.
_USABLE_STATES = ("idle", "mixed", "allocated")
_HARMLESS_FLAGS = set("~#+")
# What sbatch says of a request that is right, but that no node can take as things stand.
_NOT_NOW = ("is not available", "not available now", "nodes are busy", "node not available")
_NO_ACCOUNTING = "accounting_storage/none"


class SlurmFacts:
    """Asks Slurm. Every method has a time limit and raises OnboardError, nothing else."""

    def __init__(self, machine: Machine, *, timeout_s: float = 8.0) -> None:
        self._machine, self._timeout_s = machine, timeout_s
        self._config: dict[str, str] | None = None

    async def nodes(self) -> Nodes:
        """Ask for all nodes of all partitions: one RPC or two."""
        asked_at = time.time()
        answer = await self._ask("sinfo", "--all", "--noheader", "--Node", f"-O{SINFO_FORMAT}")
        return Nodes(nodes=read_nodes(answer), asked_at=asked_at)

    async def estimate(self, size: SessionSize) -> Estimate:
        """Ask when a session of this size would start, submitting nothing."""
        spec = JobSpec(
            name="onboard-session",
            comment="onboard-estimate",
            argv=("true",),
            size=size,
            environment=self._machine.environments[0],
            dialect=self._machine.dialect,
        )
        asked_at = time.time()
        answer = await self._ask("sbatch", "--test-only", stdin=render(spec), may_fail=True)
        return Estimate(at=read_start(answer), asked_at=asked_at)

    async def access(self) -> SiteAccess:
        """Ask what everybody may use."""
        partitions, reservations, associations = await asyncio.gather(
            self._ask("scontrol", "--oneliner", "show", "partition"),
            self._ask("scontrol", "--oneliner", "show", "reservation"),
            self._associations(),
        )
        return SiteAccess(
            partitions=read_partitions(partitions.out),
            reservations=read_reservations(reservations.out),
            associations=associations,
        )

    async def _associations(self) -> tuple[Association, ...]:
        if self._config is None:
            self._config = read_config((await self._ask("scontrol", "show", "config")).out)
        if self._config["AccountingStorageType"] == _NO_ACCOUNTING:
            return ()
        words = ("show", "user", "withassoc", f"format={SACCTMGR_FORMAT}")
        answer = await self._ask("sacctmgr", "--parsable2", "--noheader", *words)
        return read_associations(answer.out, self._config["ClusterName"])

    async def _ask(self, *argv: str, stdin: str = "", may_fail: bool = False) -> Answer:
        kept = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "SLURM_CONF", "TZ")
        env = {name: os.environ[name] for name in kept if name in os.environ}
        # A date without its zone cannot be read back; seconds can.
        env["SLURM_TIME_FORMAT"] = "%s"
        answer = await run(argv, timeout_s=self._timeout_s, stdin=stdin, env=env)
        if answer.code != 0 and not may_fail:
            raise BatchUnavailable(f"{argv[0]}: {_reason(answer)}")
        return answer


def read_nodes(answer: Answer) -> tuple[NodeFacts, ...]:
    """Read sinfo's lines. Raises BatchUnavailable if there is no node among them."""
    matches = [_SINFO_LINE.fullmatch(line.strip()) for line in _lines(answer.out)]
    nodes = tuple(_node(match) for match in matches if match)
    if not nodes:
        raise BatchUnavailable("sinfo: no line of the answer can be read")
    return nodes


def _node(match: re.Match[str]) -> NodeFacts:
    gpus = read_gpus(match["gres"])
    return NodeFacts(
        name=match["node"],
        partition=match["partition"],
        default=bool(match["default"]),
        usable=match["state"] in _USABLE_STATES and set(match["flags"]) <= _HARMLESS_FLAGS,
        cpus=int(match["cpus"]),
        cpus_free=int(match["cpus_idle"]),
        memory_mib=int(match["memory"]),
        memory_free_mib=max(0, int(match["memory"]) - int(match["memory_used"])),
        gpus=gpus,
        gpus_free=max(0, gpus - read_gpus(match["gres_used"])),
    )


def read_gpus(gres: str) -> int:
    """Count the GPUs in a list of GRES: `gpu:a100:2(IDX:0,2),gpu:h100:1,shard:4`."""
    plain = re.sub(r"\([^)]*\)", "", gres)
    return sum(int(match["count"]) for match in _GPUS.finditer(plain))


def read_partitions(out: str) -> tuple[PartitionRule, ...]:
    """Read `scontrol --oneliner show partition`."""
    rows = [_fields(line) for line in _lines(out)]
    states = get_args(PartitionRule.model_fields["state"].annotation)
    return tuple(
        PartitionRule.model_validate(
            {
                "name": row["PartitionName"],
                "state": row["State"],
                "default": row.get("Default") == "YES",
                "max_time_s": read_duration(row.get("MaxTime", "")),
                "accounts": _listed(row.get("AllowAccounts", "ALL")),
                "qos": _listed(row.get("AllowQos", "ALL")),
            }
        )
        for row in rows
        if _SLURM_NAME.fullmatch(row.get("PartitionName", "")) and row.get("State") in states
    )


def read_reservations(out: str) -> tuple[Reservation, ...]:
    """Read `scontrol --oneliner show reservation`."""
    found = [_reservation(_fields(line)) for line in _lines(out)]
    return tuple(one for one in found if one is not None)


def _reservation(row: dict[str, str]) -> Reservation | None:
    start, end = read_time(row.get("StartTime", "")), read_time(row.get("EndTime", ""))
    name = row.get("ReservationName", "")
    # State comes after all that is read here: a line that has it is whole.
    if not _SLURM_NAME.fullmatch(name) or start is None or end is None or "State" not in row:
        return None
    partition = row.get("PartitionName", "(null)")
    return Reservation(
        name=name,
        start=start,
        end=end,
        users=_listed(row.get("Users", "(null)")) or (),
        accounts=_listed(row.get("Accounts", "(null)")) or (),
        partition=partition if _SLURM_NAME.fullmatch(partition) else None,
        other_rules=any(row.get(key, "(null)") not in ("(null)", "") for key in ("Groups", "QOS")),
    )


def read_associations(out: str, cluster: str) -> tuple[Association, ...]:
    """Read sacctmgr's lines: those of this cluster, each a user in an account."""
    matches = [_SACCTMGR_LINE.fullmatch(line.strip()) for line in _lines(out)]
    return tuple(
        Association(
            user=match["user"],
            account=match["account"],
            partition=match["partition"] or None,
            qos=tuple(name for name in match["qos"].split(",") if _SLURM_NAME.fullmatch(name)),
            default_account=match["account"] == match["default"],
        )
        for match in matches
        if match and match["cluster"] == cluster
    )


def read_config(out: str) -> dict[str, str]:
    """Read ClusterName and AccountingStorageType. Raises BatchUnavailable without them."""
    matches = [_CONFIG_LINE.fullmatch(line.strip()) for line in _lines(out)]
    config = {match["key"]: match["value"] for match in matches if match}
    if len(config) != 2:
        raise BatchUnavailable("scontrol: the cluster's configuration cannot be read")
    return config


def read_start(answer: Answer) -> float | None:
    """Read what `sbatch --test-only` says: a time, or None where no node can take it.

    Raises BatchUnavailable where that is not the answer.
    """
    match = _TEST_ONLY.search(answer.err)
    at = read_time(match["at"]) if match else None
    if answer.code == 0 and at is not None:
        return at
    if answer.code != 0 and any(words in answer.err for words in _NOT_NOW):
        return None
    raise BatchUnavailable(f"sbatch --test-only: {_reason(answer)}")


def read_time(text: str) -> float | None:
    """Read a time: Unix seconds, or a date as Slurm writes it in this machine's own zone."""
    if re.fullmatch(r"\d{1,12}", text):
        return float(text)
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def read_duration(text: str) -> int | None:
    """Read a time limit in seconds: `1-00:00:00`, `06:00:00`; None for UNLIMITED and the like."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    hours = int(match["days"] or 0) * 24 + int(match["h"])
    return (hours * 60 + int(match["m"])) * 60 + int(match["s"]) or None


def _lines(out: str) -> Sequence[str]:
    # What does not end in a newline was cut.
    return out.split("\n")[:-1]


def _fields(line: str) -> dict[str, str]:
    return {match["key"]: match["value"] for match in _FIELD.finditer(line)}


def _listed(text: str) -> tuple[str, ...] | None:
    if text in ("ALL", "(null)", ""):
        return None
    return tuple(text.split(","))


def _reason(answer: Answer) -> str:
    lines = [line for line in answer.err.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
