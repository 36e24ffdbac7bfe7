"""The "choose myself" form: what this user may choose, escaped, and open whatever Slurm does."""

from __future__ import annotations

import asyncio
import re
import time
from types import SimpleNamespace

import pytest

from hub_config.form import options_form, options_from_form, render
from spawners.access import Access, Association, PartitionRule, Reservation, SiteAccess
from spawners.batch.fake_facts import FakeFacts
from spawners.machine import Environment, Machine, Partition, Qos, SessionSize
from spawners.offers import Offer, Offers, Start
from spawners.scheduler_facts import SchedulerFacts
from spawners.words import Words

NOW = time.time()


def machine(**changes: object) -> Machine:
    return Machine.model_validate(
        {
            "name": "there",
            "batch": "slurm",
            "submit_as_trainee": True,
            "sizes": (
                SessionSize(
                    name="cpu",
                    title="CPU <b>small</b>",
                    cpus=1,
                    memory_mib=2048,
                    time_limit_s=7200,
                    partition="cpu",
                ),
                SessionSize(
                    name="gpu",
                    title="1 GPU",
                    cpus=4,
                    memory_mib=8192,
                    time_limit_s=14400,
                    gpus=1,
                    partition="gpu",
                ),
            ),
            "environments": (Environment(name="default", title="Python", path="/opt/env"),),
            "partitions": (
                Partition(name="cpu", max_time_s=86400),
                Partition(name="gpu", max_time_s=86400),
            ),
            **changes,
        }
    )


def offers(access: Access | None = None, *, reachable: bool = True) -> Offers:
    gpu = Offer(
        size="gpu",
        title="1 GPU",
        start=Start.NOT_TODAY,
        gpus_free=0,
        gpus_total=8,
        nodes_free=0,
        nodes_total=2,
        instead="cpu",
    )
    cpu = Offer(size="cpu", title="CPU", start=Start.NOW, nodes_free=1, nodes_total=3)
    return Offers(reachable=reachable, offers=(cpu, gpu), access=access or Access())


def names(html: str) -> list[str]:
    fields = re.findall(r'<(?:select id="\w+"|input type="radio") name="(\w+)"', html)
    return list(dict.fromkeys(fields))


def values(html: str, name: str) -> list[str]:
    picks = re.findall(rf'<input type="radio" name="{name}" value="([^"]*)"', html)
    if picks:
        return picks
    (body,) = re.findall(rf'<select id="{name}".*?</select>', html, re.DOTALL)
    return [value for value in re.findall(r'<option value="([^"]*)"', body) if value]


def words_in(html: str) -> set[str]:
    return {one.strip() for one in re.findall(r">([^<]+)<", html) if one.strip()}


def test_with_nothing_to_choose_but_a_size_there_is_no_other_field() -> None:
    assert names(render(machine(), offers(), NOW)) == ["size", "hours"]


def test_a_size_says_what_is_free_and_when_it_starts() -> None:
    html = render(machine(), offers(), NOW)

    assert "<span>room on 1 of 3 nodes</span><span>can start now</span>" in html
    assert "0 of 8 GPUs free, room on 0 of 2 nodes" in html
    assert "not today: try CPU &lt;b&gt;small&lt;/b&gt;, now" in html
    assert "<b>" not in html


def test_a_fact_that_is_old_says_so() -> None:
    told = offers()
    aged = tuple(one.model_copy(update={"age_s": 150.0}) for one in told.offers)

    assert "as of" not in render(machine(), told, NOW)
    html = render(machine(), told.model_copy(update={"offers": aged}), NOW)
    assert "can start now (as of 2 min ago)" in html


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fr",
            (
                "Taille de la session",
                "4 CPU, 8 GiB de mémoire, 1 GPU, jusqu’à 4 h",
                "GPU libres : 0 sur 8, nœuds avec de la place : 0 sur 2",
                "pas aujourd’hui : « CPU &lt;b&gt;small&lt;/b&gt; » peut démarrer",
                "class : fin ",
                "Aucune",
            ),
        ),
        (
            "de",
            (
                "Größe der Sitzung",
                "4 CPUs, 8 GiB Speicher, 1 GPU, bis zu 4 h",
                "freie GPUs: 0 von 8, Knoten mit Platz: 0 von 2",
                "nicht heute: „CPU &lt;b&gt;small&lt;/b&gt;“ kann sofort starten",
                "class: bis ",
                "Keine",
            ),
        ),
    ],
)
def test_the_form_speaks_the_trainees_language(language: str, said: tuple[str, ...]) -> None:
    # given somebody with everything to choose
    access = Access(
        associations=tuple(Association(user="ada", account=one, qos=("a", "b")) for one in "xy"),
        reservations=(Reservation(name="class", start=NOW - 60, end=NOW + 3600),),
    )
    environments = tuple(Environment(name=one, title=one, path="/opt/env") for one in "ab")
    there = machine(account="required", environments=environments)
    # when
    html = render(there, offers(access), NOW, Words(language)).replace("\u00a0", " ")
    # then nothing of the English form is left but what the site's file and Slurm say
    for one in said:
        assert one in html
    english = render(there, offers(access), NOW)
    own = {"CPU &lt;b&gt;small&lt;/b&gt;", "1 GPU", "QOS", "a", "b", "x", "y"}
    assert words_in(html) & words_in(english) <= own | {"1", "2", "3", "4"}


def test_hours_go_up_to_what_the_longest_size_lasts() -> None:
    assert values(render(machine(), offers(), NOW), "hours") == ["1", "2", "3", "4"]


def test_accounts_qos_and_reservations_are_the_users_own() -> None:
    access = Access(
        associations=(
            Association(user="ada", account="ai", qos=("short", "long"), default_account=True),
            Association(user="ada", account="physics", qos=("short",)),
        ),
        reservations=(
            Reservation(name="class", start=NOW - 60, end=NOW + 3600),
            Reservation(name="elsewhere", start=NOW, end=NOW + 3600, partition="fpga"),
        ),
    )

    html = render(machine(account="optional", qos=(Qos(name="hidden"),)), offers(access), NOW)

    assert values(html, "account") == ["ai", "physics"]
    assert values(html, "qos") == ["long", "short"]
    assert values(html, "reservation") == ["class"]
    assert "required" not in html


def test_an_account_that_nobody_can_guess_has_to_be_picked() -> None:
    two = Access(associations=tuple(Association(user="ada", account=one) for one in ("a", "b")))

    html = render(machine(account="required"), offers(two), NOW)

    assert re.search(r'name="account" class="form-select" required', html)


def test_a_size_that_the_user_may_not_use_is_not_shown() -> None:
    access = Access(
        associations=(Association(user="ada", account="ai"),),
        partitions=(PartitionRule(name="gpu", accounts=()),),
    )

    assert values(render(machine(account="optional"), offers(access), NOW), "size") == ["cpu"]
    assert values(render(machine(), offers(access), NOW), "size") == ["cpu", "gpu"]


def test_a_closed_partition_is_not_shown() -> None:
    access = Access(partitions=(PartitionRule(name="gpu", state="INACTIVE"),))

    assert values(render(machine(), offers(access), NOW), "size") == ["cpu"]


def test_there_is_no_script_in_the_form() -> None:
    html = render(machine(), offers(), NOW)

    assert "script" not in html
    assert " on" not in re.sub(r">[^<]*<", "><", html)


async def test_with_a_scheduler_that_hangs_the_form_opens_and_says_so() -> None:
    source = FakeFacts()
    source.silent = asyncio.Event()
    source.site = SiteAccess()
    spawner = SimpleNamespace(
        facts=SchedulerFacts(machine(), source), user=SimpleNamespace(name="ada")
    )
    begun = time.monotonic()

    html = (await options_form(spawner))(Words())

    assert time.monotonic() - begun < 2
    assert "The scheduler does not answer just now" in html
    assert values(html, "size") == ["cpu", "gpu"]
    source.silent.set()


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ({"size": ["cpu"], "hours": [""]}, {"size": "cpu"}),
        ({"size": ["cpu", "gpu"]}, {"size": ["cpu", "gpu"]}),
        ({"size": []}, {}),
        ({"cmd": ["sh"], "_xsrf": ["2|a"]}, {"cmd": "sh"}),
    ],
)
def test_a_forms_lists_become_words(sent: dict[str, list[str]], taken: dict[str, object]) -> None:
    assert options_from_form(sent) == taken
