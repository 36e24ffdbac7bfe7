"""The scheduler is asked once for everyone, only while somebody looks, and holds nobody up."""

from __future__ import annotations

import asyncio
import time
from copy import deepcopy
from dataclasses import dataclass

import pytest

from spawners.access import Association, SiteAccess
from spawners.batch.fake_facts import FakeFacts
from spawners.errors import BatchUnavailable, RefusedRequest
from spawners.machine import Environment, Machine, SessionSize
from spawners.offers import NodeFacts, Nodes, Start
from spawners.scheduler_facts import SchedulerFacts

MACHINE = Machine(
    name="there",
    batch="slurm",
    account="required",
    submit_as_trainee=True,
    sizes=(
        SessionSize(
            name="gpu-1", title="1 GPU", cpus=1, memory_mib=1000, time_limit_s=7200, gpus=1
        ),
    ),
    environments=(Environment(name="default", title="Python", path="/opt/env"),),
)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> FakeFacts:
    return FakeFacts(gpu_node(free=1))


@pytest.fixture
def facts(source: FakeFacts, clock: Clock) -> SchedulerFacts:
    return SchedulerFacts(MACHINE, source, clock=clock)


def gpu_node(*, free: int) -> NodeFacts:
    return NodeFacts(
        name="gpu1",
        partition="gpu",
        default=True,
        usable=True,
        cpus=8,
        cpus_free=8,
        memory_mib=8000,
        memory_free_mib=8000,
        gpus=4,
        gpus_free=free,
    )


async def test_a_class_that_looks_at_once_asks_once(
    facts: SchedulerFacts, source: FakeFacts
) -> None:
    seen = await asyncio.gather(*(facts.offers(f"trainee{one}") for one in range(50)))

    assert {offers.offers[0].start for offers in seen} == {Start.NOW}
    assert source.asked == {"nodes": 1, "access": 1}


async def test_a_minute_of_looking_costs_few_questions(
    facts: SchedulerFacts, source: FakeFacts, clock: Clock
) -> None:
    source.all_nodes = (gpu_node(free=0),)

    for _ in range(60):
        await facts.offers("ada")
        clock.now += 1

    assert source.asked == {"nodes": 3, "estimate": 1, "access": 1}


async def test_nobody_looks_and_nothing_is_asked(
    facts: SchedulerFacts, source: FakeFacts, clock: Clock
) -> None:
    await facts.offers("ada")
    before = source.asked.total()

    clock.now += 3600
    await asyncio.sleep(0)

    assert source.asked.total() == before


async def test_what_is_full_has_the_schedulers_time(
    facts: SchedulerFacts, source: FakeFacts
) -> None:
    source.all_nodes = (gpu_node(free=0),)
    source.start_at["gpu-1"] = time.time() + 3600

    (offer,) = (await facts.offers("ada")).offers

    assert (offer.start, offer.at) == (Start.LATER, source.start_at["gpu-1"])


async def test_a_scheduler_that_hangs_holds_no_page_up(
    facts: SchedulerFacts, source: FakeFacts
) -> None:
    source.silent = asyncio.Event()
    begun = time.monotonic()

    offers = await facts.offers("ada", patience_s=0.05)

    assert time.monotonic() - begun < 2
    assert not offers.reachable
    assert offers.reason
    assert [one.start for one in offers.offers] == [Start.UNKNOWN]
    source.silent.set()
    assert (await facts.offers("ada")).reachable


async def test_a_scheduler_that_fell_silent_is_no_reason_to_say_now(
    facts: SchedulerFacts, source: FakeFacts, clock: Clock
) -> None:
    assert (await facts.offers("ada")).offers[0].start is Start.NOW
    source.failure = BatchUnavailable("It is away.")
    clock.now += 30

    offers = await facts.offers("ada")

    assert (offers.reachable, offers.reason) == (False, "It is away.")
    assert offers.offers[0].start is Start.UNKNOWN
    assert offers.access is not None  # what a user may use has not changed since


async def test_who_does_not_answer_is_asked_later_and_later_and_never_given_up(
    facts: SchedulerFacts, source: FakeFacts, clock: Clock
) -> None:
    source.failure = BatchUnavailable("It is away.")
    for _ in range(600):
        await facts.offers("ada")
        clock.now += 1
    assert source.asked["nodes"] <= 14

    source.failure = None
    clock.now += 60

    assert (await facts.offers("ada")).reachable


async def test_options_are_checked_against_what_the_user_may_use(
    facts: SchedulerFacts, source: FakeFacts
) -> None:
    source.site = accounts("ada", "physics")

    assert (await facts.parse({}, "ada")).account == "physics"
    with pytest.raises(RefusedRequest, match="may not use the account secret"):
        await facts.parse({"account": "secret"}, "ada")


async def test_an_account_that_is_new_counts_after_a_minute(
    facts: SchedulerFacts, source: FakeFacts, clock: Clock
) -> None:
    with pytest.raises(RefusedRequest, match="you are in none yet"):
        await facts.parse({}, "ada")
    source.site = accounts("ada", "physics")
    clock.now += 61

    assert (await facts.parse({}, "ada")).account == "physics"


async def test_refusals_are_no_way_to_keep_the_scheduler_busy(
    facts: SchedulerFacts, source: FakeFacts, clock: Clock
) -> None:
    for _ in range(60):
        with pytest.raises(RefusedRequest):
            await facts.parse({"account": "secret"}, "ada")
        clock.now += 0.9

    assert source.asked["access"] == 1


async def test_sessions_that_run_as_the_hub_use_what_the_hub_may_use(
    source: FakeFacts, clock: Clock
) -> None:
    source.site = accounts("ada", "physics")
    shared = MACHINE.model_copy(update={"submit_as_trainee": False})

    access = await SchedulerFacts(shared, source, clock=clock).access("ada")

    assert access is not None
    assert access.accounts(None) == ()


async def test_without_a_scheduler_everything_starts_now() -> None:
    facts = SchedulerFacts(MACHINE.model_copy(update={"account": "none"}), None)

    offers = await facts.offers("ada")

    assert offers.reachable
    assert [one.start for one in offers.offers] == [Start.NOW]
    assert (await facts.parse({}, "ada")).size.name == "gpu-1"


async def test_a_copied_configuration_shares_the_one_cache(facts: SchedulerFacts) -> None:
    assert deepcopy({"facts": facts})["facts"] is facts


def accounts(user: str, *names: str) -> SiteAccess:
    return SiteAccess(associations=tuple(Association(user=user, account=name) for name in names))


async def test_an_answer_that_nobody_foresaw_is_not_asked_for_at_every_look(
    facts: SchedulerFacts, source: FakeFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def odd() -> Nodes:
        asked.append(1)
        raise ValueError("no such form")

    monkeypatch.setattr(facts._nodes, "_ask", odd)

    seen = [await facts.offers("trainee01") for _ in range(5)]

    assert len(asked) == 1
    assert not seen[-1].reachable
    assert "no such form" in seen[-1].reason
