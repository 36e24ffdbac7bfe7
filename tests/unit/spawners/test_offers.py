"""What is free of each size, when it would start, and what starts instead."""

from __future__ import annotations

from datetime import datetime

import pytest

from spawners.access import PartitionRule, Reservation, SiteAccess
from spawners.machine import Environment, Machine, Partition, SessionSize
from spawners.offers import Estimate, NodeFacts, Nodes, Offer, Start, in_words, offers

NOW = datetime(2026, 11, 23, 14, 0).timestamp()  # noqa: DTZ001  this machine's own day


def machine(*, whole_nodes: bool = False, ask_memory: bool = True) -> Machine:
    return Machine(
        name="there",
        batch="slurm",
        ask_memory=ask_memory,
        sizes=(
            size("cpu-small", cpus=1, partition="cpu"),
            size("cpu-large", cpus=16, partition="cpu", memory_mib=32000),
            size("gpu-1", cpus=4, partition="gpu", gpus=4 if whole_nodes else 1),
        ),
        environments=(Environment(name="default", title="Python", path="/opt/env"),),
        partitions=(
            Partition(name="cpu", max_time_s=86400),
            Partition(name="gpu", max_time_s=86400, gpus_per_node=4, whole_nodes=whole_nodes),
        ),
    )


def size(name: str, *, memory_mib: int = 2000, **changes: object) -> SessionSize:
    values = {"name": name, "title": name, "memory_mib": memory_mib, "time_limit_s": 7200}
    return SessionSize.model_validate({**values, **changes})


def node(name: str, **changes: object) -> NodeFacts:
    values = {
        "name": name,
        "partition": name[:3],
        "usable": True,
        "cpus": 16,
        "cpus_free": 16,
        "memory_mib": 64000,
        "memory_free_mib": 64000,
        "gpus": 4 if name.startswith("gpu") else 0,
        "gpus_free": 4 if name.startswith("gpu") else 0,
    }
    return NodeFacts.model_validate({**values, **changes})


def found(*nodes: NodeFacts, **changes: object) -> dict[str, Offer]:
    values = {
        "machine": machine(),
        "nodes": Nodes(nodes=nodes, asked_at=NOW - 10),
        "site": SiteAccess(),
        "estimates": {},
        "now": NOW,
        **changes,
    }
    return {one.size: one for one in offers(**values)}  # type: ignore[arg-type]


def estimate(in_s: float | None) -> dict[str, Estimate]:
    at = None if in_s is None else NOW + in_s
    return {"gpu-1": Estimate(at=at, asked_at=NOW - 90)}


FULL = node("gpu1", gpus_free=0, cpus_free=4)


def test_what_fits_starts_now_and_says_what_is_free() -> None:
    gpu = found(node("cpu1"), node("gpu1", gpus_free=1), node("gpu2", usable=False))["gpu-1"]

    assert (gpu.start, gpu.age_s) == (Start.NOW, 10)
    assert (gpu.gpus_free, gpu.gpus_total, gpu.nodes_free, gpu.nodes_total) == (1, 8, 1, 2)


@pytest.mark.parametrize(
    "changes",
    [{"usable": False}, {"cpus_free": 3}, {"memory_free_mib": 1999}, {"gpus_free": 0}],
    ids=str,
)
def test_what_does_not_fit_does_not_start_now(changes: dict[str, object]) -> None:
    gpu = found(node("gpu1", **changes))["gpu-1"]

    assert (gpu.start, gpu.nodes_free) == (Start.UNKNOWN, 0)


def test_memory_counts_only_where_jobs_ask_for_it() -> None:
    without = machine(ask_memory=False)

    assert found(node("gpu1", memory_free_mib=0), machine=without)["gpu-1"].start is Start.NOW


def test_where_nodes_come_whole_free_gpus_are_not_enough() -> None:
    half = node("gpu1", cpus_free=12)

    gpu = found(half, machine=machine(whole_nodes=True))["gpu-1"]

    assert (gpu.start, gpu.gpus_free) == (Start.UNKNOWN, 0)
    assert found(node("gpu1"), machine=machine(whole_nodes=True))["gpu-1"].start is Start.NOW


def test_what_cannot_start_has_the_schedulers_time_and_its_age() -> None:
    gpu = found(FULL, estimates=estimate(300))["gpu-1"]

    assert (gpu.start, gpu.at, gpu.age_s) == (Start.LATER, NOW + 300, 90)
    assert gpu.instead is None  # five minutes is soon


def test_what_cannot_start_soon_names_what_can() -> None:
    gpu = found(FULL, node("cpu1"), estimates=estimate(3600))["gpu-1"]

    assert gpu.instead == "cpu-small"


def test_nothing_is_named_that_cannot_start_either() -> None:
    gpu = found(FULL, node("cpu1", cpus_free=0), estimates=estimate(None))["gpu-1"]

    assert (gpu.start, gpu.instead) == (Start.NOT_TODAY, None)


@pytest.mark.parametrize(
    ("start", "end", "certain"),
    [(NOW - 60, NOW + 60, False), (NOW + 3600, NOW + 7200, False), (NOW + 7300, NOW + 9000, True)],
    ids=["now", "during the session", "after it"],
)
def test_free_nodes_that_are_kept_for_somebody_are_not_trusted(
    start: float, end: float, *, certain: bool
) -> None:
    site = SiteAccess(
        reservations=(Reservation(name="class", start=start, end=end, users=("eve",)),)
    )

    gpu = found(node("gpu1"), site=site)["gpu-1"]

    assert (gpu.start is Start.NOW) == certain


def test_a_closed_partition_starts_nothing() -> None:
    site = SiteAccess(partitions=(PartitionRule(name="gpu", state="DOWN"),))

    assert found(node("gpu1"), site=site)["gpu-1"].start is Start.NOT_TODAY


def test_a_size_without_a_partition_counts_the_default_one() -> None:
    here = machine().model_copy(update={"sizes": (size("any", cpus=1),)})

    offer = found(node("cpu1", default=True), node("gpu1"), machine=here)["any"]

    assert (offer.start, offer.nodes_total) == (Start.NOW, 1)


def test_without_an_answer_nothing_is_said() -> None:
    offer = found(nodes=None)["gpu-1"]

    assert (offer.start, offer.gpus_total, offer.instead) == (Start.UNKNOWN, None, None)


@pytest.mark.parametrize(
    ("start", "in_s", "words"),
    [
        (Start.NOW, None, "can start now"),
        (Start.LATER, 1800, "about 14:30"),
        (Start.LATER, 9 * 3600, "about 23:00"),
        (Start.LATER, 11 * 3600, "not today"),
        (Start.NOT_TODAY, None, "not today"),
        (Start.UNKNOWN, None, ""),
    ],
)
def test_a_start_in_words(start: Start, in_s: float | None, words: str) -> None:
    at = None if in_s is None else NOW + in_s

    assert in_words(Offer(size="a", title="A", start=start, at=at), NOW) == words


def test_shortly_after_midnight_is_not_another_day_to_whoever_asks_at_night() -> None:
    offer = Offer(size="a", title="A", start=Start.LATER, at=NOW + 10.5 * 3600)

    assert in_words(offer, NOW + 9.5 * 3600) == "about 00:30"
