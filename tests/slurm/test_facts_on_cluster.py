"""What the real scheduler says is free, when a session would start, and for whom nodes are kept."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from running_cluster import Cluster, as_user, until

from hub_config import site
from spawners.batch.slurm_facts import SlurmFacts
from spawners.errors import RefusedRequest
from spawners.machine import Machine
from spawners.offers import Offer, Offers, Start, in_words
from spawners.scheduler_facts import SchedulerFacts

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

PATIENT_S = 15.0
RPCS = re.compile(r"Remote Procedure Call statistics by message type(.*?)\n\n", re.DOTALL)


@pytest.fixture
def machine(cluster: Cluster) -> Machine:
    """The site's machine, once no node is marked by an earlier test any more."""
    until(lambda: set(_node_states()) == {"idle"}, "every node is idle")
    return site.load("onebox").machine


def facts(machine: Machine) -> SchedulerFacts:
    """Return facts that nobody has asked for yet: what is free now, and not 20 s ago."""
    return SchedulerFacts(machine, SlurmFacts(machine))


async def offers(machine: Machine, user: str = "trainee01") -> Offers:
    return await facts(machine).offers(user, PATIENT_S)


async def offer(machine: Machine, size: str) -> Offer:
    found = (await offers(machine)).of(size)
    assert found is not None
    return found


@pytest.fixture
def reservation(cluster: Cluster) -> Iterator[str]:
    """A reservation of a GPU node for one trainee, from now on."""
    name, node = "facts-test", cluster.layout.nodes[-1].name
    words = ("StartTime=now", "Duration=30", "Users=trainee01", f"Nodes={node}")
    _scontrol("create", "reservation", f"ReservationName={name}", *words)
    yield name
    _scontrol("delete", f"ReservationName={name}")


async def test_a_full_partition_says_when_and_what_instead_and_a_free_one_now(
    cluster: Cluster, machine: Machine
) -> None:
    free = await offer(machine, "gpu-1")
    assert (free.start, free.gpus_free, free.gpus_total) == (Start.NOW, 8, 8)

    begun = time.time()
    nodes = [node for node in cluster.layout.nodes if node.gpus]
    jobs = [
        cluster.submit("trainee02", "sleep 600", "--partition=gpu", "--gres=gpu:4", "--time=60")
        for _ in nodes
    ]
    for job in jobs:
        cluster.wait_for(job, "RUNNING")
    full = await offer(machine, "gpu-1")

    assert (full.start, full.gpus_free, full.nodes_free) == (Start.LATER, 0, 0)
    assert full.at is not None
    assert begun + 3500 < full.at < time.time() + 3800  # the jobs' own limit, an hour
    assert in_words(full, time.time()).startswith("about ")
    assert full.instead == "cpu-small"
    assert (await offer(machine, "cpu-small")).start is Start.NOW

    cluster.cancel(jobs[0])
    cluster.wait_for(jobs[0], "")
    again = await offer(machine, "gpu-1")
    assert (again.start, again.gpus_free) == (Start.NOW, 4)


async def test_a_reservation_is_seen_by_its_user_alone(machine: Machine, reservation: str) -> None:
    one = facts(machine)
    theirs = await one.offers("trainee01", PATIENT_S)
    others = await one.offers("trainee02", PATIENT_S)

    assert theirs.access is not None
    assert others.access is not None
    assert [found.name for found in theirs.access.reservations] == [reservation]
    assert abs(theirs.access.reservations[0].start - time.time()) < 300
    assert not others.access.reservations
    options = {"size": "gpu-1", "reservation": reservation}
    assert (await one.parse(options, "trainee01")).reservation == reservation
    with pytest.raises(RefusedRequest, match="may not use the reservation"):
        await one.parse(options, "trainee02")


async def test_a_kept_node_is_not_promised_to_others(
    cluster: Cluster, machine: Machine, reservation: str
) -> None:
    other = next(node.name for node in cluster.layout.nodes if node.gpus)
    job = cluster.submit(
        "trainee02", "sleep 600", "--partition=gpu", "--gres=gpu:4", "--time=60", f"-w{other}"
    )
    cluster.wait_for(job, "RUNNING")

    gpu = await offer(machine, "gpu-1")

    assert gpu.start is Start.LATER
    assert gpu.at is not None
    assert gpu.at > time.time() + 1500


async def test_a_partition_that_is_closed_starts_nothing(
    cluster: Cluster, machine: Machine
) -> None:
    _scontrol("update", "PartitionName=gpu", "State=DOWN")
    try:
        assert (await offer(machine, "gpu-1")).start is Start.NOT_TODAY
    finally:
        _scontrol("update", "PartitionName=gpu", "State=UP")
    assert (await offer(machine, "gpu-1")).start is Start.NOW


async def test_nodes_out_of_service_are_not_today(cluster: Cluster, machine: Machine) -> None:
    names = ",".join(node.name for node in cluster.layout.nodes if node.gpus)
    _scontrol("update", f"NodeName={names}", "State=drain", "Reason=test")
    try:
        gpu = await offer(machine, "gpu-1")
    finally:
        _scontrol("update", f"NodeName={names}", "State=resume")

    assert (gpu.start, gpu.instead) == (Start.NOT_TODAY, "cpu-small")


async def test_a_minute_of_a_class_that_looks_costs_at_most_twelve_questions(
    cluster: Cluster, machine: Machine
) -> None:
    one = facts(machine)
    before = _rpcs()
    for _ in range(50):
        await one.offers("trainee01", PATIENT_S)

    # Partitions, reservations, the configuration; partitions and nodes for sinfo.
    assert 4 <= _rpcs() - before <= 12


async def test_a_controller_that_is_silent_holds_no_page_up(
    cluster: Cluster, machine: Machine
) -> None:
    controller = int(cluster.layout.run_dir.joinpath("slurmctld.pid").read_text().strip())
    os.kill(controller, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        told = await facts(machine).offers("trainee01")
        assert time.monotonic() - begun < 2
        assert not told.reachable
        assert told.reason
    finally:
        os.kill(controller, signal.SIGCONT)
    until(lambda: as_user("trainee01", "sinfo").returncode == 0, "the controller answers")
    assert (await offers(machine)).reachable


def _node_states() -> list[str]:
    return as_user("trainee01", "sinfo", "--noheader", "--Node", "-OStateLong").stdout.split()


def _scontrol(*words: str) -> None:
    subprocess.run(["scontrol", *words], timeout=30, check=True, capture_output=True)


def _rpcs() -> int:
    """Count what the controller was asked, by sdiag; sdiag itself is left out."""
    shown = subprocess.run(["sdiag"], capture_output=True, text=True, timeout=30, check=True).stdout
    section = RPCS.search(shown)
    assert section is not None
    counts = re.findall(r"^\s+(\w+)\s*\(\s*\d+\) count:(\d+)", section[1], re.MULTILINE)
    ours = ("REQUEST_PARTITION_INFO", "REQUEST_NODE_INFO", "REQUEST_RESERVATION_INFO")
    ours += ("REQUEST_BUILD_INFO", "REQUEST_JOB_WILL_RUN")
    return sum(int(count) for kind, count in counts if kind in ours)
