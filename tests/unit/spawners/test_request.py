"""Untrusted options become a session that the machine allows, or a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spawners.access import Access, Association, PartitionRule, Reservation
from spawners.errors import RefusedRequest
from spawners.machine import Environment, Machine, Qos, SessionSize
from spawners.request import OPTIONS, parse


def machine(*sizes: SessionSize) -> Machine:
    return Machine(
        name="there",
        batch="slurm",
        sizes=sizes or (size("cpu-small"), size("gpu-1", gpus=1)),
        environments=(Environment(name="default", title="Python", path="/opt/env"),),
    )


def size(name: str, *, cpus: int = 2, memory_mib: int = 2048, gpus: int = 0) -> SessionSize:
    return SessionSize(
        name=name, title=name, cpus=cpus, memory_mib=memory_mib, time_limit_s=3600, gpus=gpus
    )


def test_no_options_mean_the_first_size_and_environment() -> None:
    wanted = parse({}, machine())

    assert (wanted.size.name, wanted.environment.name) == ("cpu-small", "default")


@pytest.mark.parametrize("value", ["gpu-1", ["gpu-1"]], ids=["rest", "form"])
def test_a_size_is_taken_from_a_script_and_from_a_form(value: object) -> None:
    assert parse({"size": value}, machine()).size.gpus == 1


@pytest.mark.parametrize(
    "options",
    [
        {"size": "cpu-small\n#SBATCH --partition=secret"},
        {"size": "$(touch /tmp/owned)"},
        {"environment": "default; rm -rf /"},
        {"lesson": "../../etc/passwd"},
        {"cmd": "sh"},
        {"prologue": "id"},
        {"size": {"name": "cpu-small"}},
        {"size": ["cpu-small", "gpu-1"]},
        {"size": 7},
        {"size": "huge"},
        {"course": "a" * 65},
        ["size"],
        "size=gpu-1",
    ],
)
def test_hostile_options_are_refused_in_a_sentence(options: object) -> None:
    with pytest.raises(RefusedRequest) as refusal:
        parse(options, machine())

    assert refusal.value.message.endswith(".")
    assert "\n" not in str(refusal.value)


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(OPTIONS), st.text()),
        st.one_of(st.text(), st.lists(st.text(), max_size=2), st.integers(), st.none()),
    )
)
def test_whatever_is_sent_either_names_what_the_machine_has_or_is_refused(
    options: dict[str, object],
) -> None:
    here = machine()
    try:
        wanted = parse(options, here)
    except RefusedRequest:
        return

    size = here.size(wanted.size.name)
    assert size is not None
    assert wanted.size == size.model_copy(update={"time_limit_s": wanted.size.time_limit_s})
    assert 0 < wanted.size.time_limit_s <= size.time_limit_s
    assert wanted.environment in here.environments


@pytest.mark.parametrize("hours", ["1", ["1"], 1], ids=["word", "form", "number"])
def test_hours_shorten_the_session(hours: object) -> None:
    assert parse({"hours": hours}, long_one()).size.time_limit_s == 3600


@pytest.mark.parametrize(
    "hours", ["5", "0", "-1", "1.5", "99999", True, pytest.param(10**5000, id="huge"), "٣"]
)
def test_hours_are_whole_and_no_more_than_the_size_lasts(hours: object) -> None:
    with pytest.raises(RefusedRequest):
        parse({"hours": hours}, long_one())


def test_the_refusal_of_too_many_hours_names_the_limit() -> None:
    with pytest.raises(RefusedRequest, match="lasts at most 4 hours"):
        parse({"hours": "5"}, long_one())


def test_a_qos_and_a_partition_limit_the_session_too() -> None:
    here = long_one(qos=(Qos(name="test", max_time_s=1800), Qos(name="normal")))
    short = Access(partitions=(PartitionRule(name="cpu", default=True, max_time_s=7200),))

    assert parse({"qos": "test"}, here).size.time_limit_s == 1800
    assert parse({}, here, short).size.time_limit_s == 7200
    with pytest.raises(RefusedRequest, match="30 minutes"):
        parse({"qos": "test", "hours": "1"}, here)


@pytest.mark.parametrize(
    ("policy", "names", "wanted", "account"),
    [
        ("optional", ("physics",), None, "physics"),
        ("optional", ("ai", "physics"), None, None),
        ("optional", ("ai", "physics"), "ai", "ai"),
        ("required", ("physics",), None, "physics"),
        ("required", ("ai", "physics"), "physics", "physics"),
        ("optional", (), None, None),
        ("none", ("physics",), None, None),
    ],
)
def test_the_account_is_the_chosen_or_the_only_one(
    policy: str, names: tuple[str, ...], wanted: str | None, account: str | None
) -> None:
    options = {"account": wanted} if wanted else {}

    assert parse(options, long_one(account=policy), member_of(*names)).account == account


@pytest.mark.parametrize(
    ("policy", "names", "wanted", "words"),
    [
        ("required", ("ai", "physics"), None, "say which account pays"),
        ("required", (), None, "you are in none yet"),
        ("optional", ("ai",), "physics", "may not use the account physics"),
        ("none", ("ai",), "ai", "name no account"),
    ],
)
def test_an_account_that_is_missing_or_not_theirs_is_refused_in_a_sentence(
    policy: str, names: tuple[str, ...], wanted: str | None, words: str
) -> None:
    options = {"account": wanted} if wanted else {}

    with pytest.raises(RefusedRequest, match=words):
        parse(options, long_one(account=policy), member_of(*names))


def test_while_the_scheduler_is_silent_a_required_account_has_to_be_named() -> None:
    here = long_one(account="required")

    assert parse({"account": "physics"}, here, None).account == "physics"
    with pytest.raises(RefusedRequest, match="not known just now"):
        parse({}, here, None)


def test_the_qos_is_one_that_the_user_has() -> None:
    mine = Access(associations=(Association(user="ada", account="ai", qos=("short",)),))

    assert parse({"qos": "short"}, long_one(), mine).qos == "short"
    with pytest.raises(RefusedRequest, match="may not use the QOS long"):
        parse({"qos": "long"}, long_one(), mine)


def test_the_sizes_own_qos_is_asked_for_where_none_is_chosen() -> None:
    here = long_one(size_qos="default")

    assert parse({}, here).qos == "default"
    assert parse({"qos": "short"}, here).qos == "short"


def test_a_qos_that_the_site_does_not_have_is_refused() -> None:
    with pytest.raises(RefusedRequest, match="QOS long"):
        parse({"qos": "long"}, long_one(qos=(Qos(name="short"),)))


def test_a_reservation_is_one_that_admits_the_user_on_the_sizes_partition() -> None:
    mine = Access(
        reservations=(
            Reservation(name="class", start=0, end=9),
            Reservation(name="gpu-class", start=0, end=9, partition="gpu"),
        )
    )

    assert parse({"reservation": "class"}, long_one(), mine).reservation == "class"
    for name in ("gpu-class", "other"):
        with pytest.raises(RefusedRequest, match=f"reservation {name}"):
            parse({"reservation": name}, long_one(), mine)


def long_one(*, size_qos: str | None = None, **changes: object) -> Machine:
    four_hours = size("cpu").model_copy(update={"time_limit_s": 14400, "qos": size_qos})
    return machine(four_hours).model_copy(update=changes)


def member_of(*accounts: str) -> Access:
    return Access(associations=tuple(Association(user="ada", account=one) for one in accounts))
