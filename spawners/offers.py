"""What there is of each session size just now, and when a session of it would start. Pure.

Times are Unix seconds, memory is MiB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from spawners.access import Access, SiteAccess
from spawners.machine import Line, Machine, Model, SessionSize, Slug
from spawners.words import Words

_ENGLISH = Words()
NOW_S = 60
"""What starts within this many seconds starts now, for whoever reads it."""
SOON_S = 15 * 60
"""Whoever has to wait longer is shown what starts now."""


class NodeFacts(Model):
    """One node in one partition: what it has, and what of it nobody uses."""

    name: str
    partition: str
    default: bool = False
    """Whether that is the partition of a job that names none."""
    usable: bool
    """Whether a job may begin there: it is up, and kept for nobody."""
    cpus: int
    cpus_free: int
    memory_mib: int
    memory_free_mib: int
    gpus: int = 0
    gpus_free: int = 0


class Estimate(Model):
    """When the scheduler would start a session; None: not as things stand."""

    at: float | None
    asked_at: float


class Nodes(Model):
    """All nodes, at one moment."""

    nodes: tuple[NodeFacts, ...]
    asked_at: float


class Start(StrEnum):
    """When a session would start."""

    NOW = "now"
    LATER = "later"
    """At the time `Offer.at`, as the scheduler sees it just now."""
    NOT_TODAY = "not today"
    UNKNOWN = "unknown"


class Offer(Model):
    """One session size, as it is just now. A number is None where the scheduler did not say."""

    size: Slug
    title: Line
    start: Start
    at: float | None = None
    age_s: float = 0.0
    """How old the scheduler's answer is."""
    nodes_free: int | None = None
    """On how many nodes a session of this size has room."""
    nodes_total: int | None = None
    gpus_free: int | None = None
    gpus_total: int | None = None
    instead: Slug | None = None
    """A size that can start now, where this one cannot start soon."""


class Offers(Model):
    """Everything that a page needs to say what a user may start, and when."""

    reachable: bool
    reason: str = ""
    """Why the scheduler did not answer, in a sentence."""
    offers: tuple[Offer, ...]
    access: Access | None = None
    """None while the scheduler has not said what the user may use."""

    def of(self, size: str) -> Offer | None:
        """Return the offer of that size."""
        return next((one for one in self.offers if one.size == size), None)


def without_scheduler(machine: Machine) -> Offers:
    """Return the offers of a machine where nothing waits."""
    return Offers(
        reachable=True,
        offers=tuple(
            Offer(size=size.name, title=size.title, start=Start.NOW) for size in machine.sizes
        ),
        access=Access(),
    )


def offers(
    machine: Machine,
    nodes: Nodes | None,
    site: SiteAccess | None,
    estimates: Mapping[str, Estimate],
    now: float,
) -> tuple[Offer, ...]:
    """Return an offer for each of the machine's sizes, from what the scheduler has told."""
    found = [_offer(size, machine, nodes, site, estimates, now) for size in machine.sizes]
    starting = [size for size, one in zip(machine.sizes, found, strict=True) if _is_now(one)]
    return tuple(
        one.model_copy(update={"instead": _nearest(size, starting)}) if is_late(one, now) else one
        for size, one in zip(machine.sizes, found, strict=True)
    )


def starts_for_certain(
    size: SessionSize, machine: Machine, nodes: Nodes, site: SiteAccess | None, now: float
) -> bool:
    """Whether a session of this size starts now; else the scheduler is to be asked when.

    Free nodes alone do not tell while some are kept for somebody during the session's time.
    """
    kept = site.reservations if site else ()
    in_the_way = any(one.start < now + size.time_limit_s and one.end > now for one in kept)
    return not in_the_way and any(
        has_room(node, size, machine) for node in _of_partition(nodes.nodes, size)
    )


def has_room(node: NodeFacts, size: SessionSize, machine: Machine) -> bool:
    """Whether a session of this size fits into what nobody uses of the node."""
    if not node.usable or (_whole_nodes(size, machine) and node.cpus_free < node.cpus):
        return False
    memory = not machine.ask_memory or node.memory_free_mib >= size.memory_mib
    return memory and node.cpus_free >= size.cpus and node.gpus_free >= size.gpus


def is_closed(size: SessionSize, site: SiteAccess | None) -> bool:
    """Whether the operators keep sessions of this size from starting."""
    rule = Access(partitions=site.partitions).rule(size.partition) if site else None
    return rule is not None and not (rule.takes_jobs and rule.runs_jobs)


def in_words(offer: Offer, now: float, words: Words = _ENGLISH) -> str:
    """Say when a session would start, or nothing where nobody knows."""
    not_today = words.gettext("not today")
    if offer.start is not Start.LATER or offer.at is None:
        said = {Start.NOW: words.gettext("can start now"), Start.NOT_TODAY: not_today}
        return said.get(offer.start, "")
    there, today = (datetime.fromtimestamp(one, words.zone) for one in (offer.at, now))
    # Shortly after midnight is "today" for whoever asks in the evening.
    if there.date() != today.date() and offer.at > now + 6 * 3600:
        return not_today
    return words.gettext("about {time}").format(time=f"{there:%H:%M}")


def _offer(
    size: SessionSize,
    machine: Machine,
    nodes: Nodes | None,
    site: SiteAccess | None,
    estimates: Mapping[str, Estimate],
    now: float,
) -> Offer:
    if nodes is None:
        return Offer(size=size.name, title=size.title, start=Start.UNKNOWN)
    start, at, asked_at = _start(size, machine, nodes, site, estimates.get(size.name), now)
    there = _of_partition(nodes.nodes, size)
    idle = [node for node in there if node.usable]
    if _whole_nodes(size, machine):
        idle = [node for node in idle if node.cpus_free == node.cpus]
    return Offer(
        size=size.name,
        title=size.title,
        start=start,
        at=at,
        age_s=max(0.0, now - asked_at),
        nodes_free=sum(has_room(node, size, machine) for node in there),
        nodes_total=len(there),
        gpus_free=sum(node.gpus_free for node in idle),
        gpus_total=sum(node.gpus for node in there),
    )


def _start(
    size: SessionSize,
    machine: Machine,
    nodes: Nodes,
    site: SiteAccess | None,
    estimate: Estimate | None,
    now: float,
) -> tuple[Start, float | None, float]:
    if is_closed(size, site):
        return Start.NOT_TODAY, None, nodes.asked_at
    if starts_for_certain(size, machine, nodes, site, now):
        return Start.NOW, None, nodes.asked_at
    if estimate is None:
        return Start.UNKNOWN, None, nodes.asked_at
    if estimate.at is None:
        return Start.NOT_TODAY, None, estimate.asked_at
    if estimate.at <= estimate.asked_at + NOW_S:
        return Start.NOW, None, estimate.asked_at
    return Start.LATER, estimate.at, estimate.asked_at


def _of_partition(nodes: Sequence[NodeFacts], size: SessionSize) -> list[NodeFacts]:
    if size.partition is None:
        return [node for node in nodes if node.default]
    return [node for node in nodes if node.partition == size.partition]


def _whole_nodes(size: SessionSize, machine: Machine) -> bool:
    return any(one.whole_nodes for one in machine.partitions if one.name == size.partition)


def _is_now(offer: Offer) -> bool:
    return offer.start is Start.NOW


def is_late(offer: Offer, now: float) -> bool:
    """Whether the session would not start soon."""
    if offer.start is Start.LATER and offer.at is not None:
        return offer.at > now + SOON_S
    return offer.start is Start.NOT_TODAY


def _nearest(size: SessionSize, others: Sequence[SessionSize]) -> str | None:
    nearest = min(
        others,
        key=lambda one: (abs(one.gpus - size.gpus), abs(one.memory_mib - size.memory_mib)),
        default=None,
    )
    return nearest.name if nearest else None
