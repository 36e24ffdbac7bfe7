"""10,000 sets of options, by form, query and REST: refused in a sentence, or a harmless script."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_config.form import options_from_form
from spawners.access import Access, Association, Reservation
from spawners.errors import RefusedRequest
from spawners.jobs import JobSpec
from spawners.machine import Environment, Machine, Partition, Qos, SessionSize
from spawners.request import OPTIONS, parse
from spawners.script import render
from spawners.seats import Seat, read, sign

MACHINE = Machine(
    name="there",
    batch="slurm",
    account="optional",
    sizes=(
        SessionSize(
            name="cpu", title="CPU", cpus=2, memory_mib=2048, time_limit_s=14400, partition="cpu"
        ),
        SessionSize(
            name="gpu",
            title="GPU",
            cpus=4,
            memory_mib=8192,
            time_limit_s=7200,
            gpus=1,
            partition="gpu",
        ),
    ),
    environments=(
        Environment(name="default", title="Python", path="/opt/env"),
        Environment(name="torch", title="PyTorch", path="/opt/torch", modules=("PyTorch",)),
    ),
    partitions=(Partition(name="cpu", max_time_s=86400), Partition(name="gpu", max_time_s=86400)),
    qos=(Qos(name="short", max_time_s=3600), Qos(name="normal")),
)
ALLOWED = Access(
    associations=(
        Association(user="ada", account="p200001", qos=("short", "normal")),
        Association(user="ada", account="p200002", qos=("short",)),
    ),
    reservations=(Reservation(name="class-a", start=0, end=1e12),),
)
KEY, NOW = b"what hub and course pages share", 1_790_000_000
TAKEN = Seat("0123abcd", NOW + 1800, "class-b")
RIGHT = {
    "size": ["cpu", "gpu"],
    "environment": ["default", "torch"],
    "course": ["welcome"],
    "lesson": ["first-session"],
    "hours": ["1", "2"],
    "account": ["p200001", "p200002", "other"],
    "qos": ["short", "normal", "long"],
    "reservation": ["class-a", "other"],
    "seat": [sign(TAKEN, "ada", KEY), sign(Seat("0123abcd", NOW + 60), "ada", KEY)],
}
BAD_ENDS = (
    "\n#SBATCH --nodes=99",
    "\n",
    "\r",
    "\x00",
    " --uid=0",
    "; id",
    "$(id)",
    "`id`",
    "'",
    '"',
)
ATTRIBUTES = (
    "cmd",
    "prologue",
    "exec_prefix",
    "batch_query_cmd",
    "homedir",
    "keepvars",
    "opt-size",
)

# What may stand behind `#SBATCH --name=`, whatever was asked for.
NUMBER, WORD = re.compile(r"[0-9]+"), re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
VALUES = {
    "time": NUMBER,
    "cpus-per-task": NUMBER,
    "mem": re.compile(r"[0-9]+M"),
    "gres": re.compile(r"gpu:[0-9]+"),
    "account": WORD,
    "qos": WORD,
    "reservation": WORD,
    "partition": re.compile("cpu|gpu"),
}
CHOSEN = {"account", "qos", "reservation", "gres"}


def words(name: str) -> st.SearchStrategy[Any]:
    right = st.sampled_from(RIGHT.get(name, ["x"]))
    return st.one_of(
        *[right] * 6,
        st.tuples(right, st.sampled_from(BAD_ENDS)).map("".join),
        st.from_regex(r"[A-Za-z0-9_.-]{0,70}", fullmatch=True),
        st.text(max_size=80),
    )


def values(name: str) -> st.SearchStrategy[Any]:
    odd = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.lists(words(name), max_size=3),
        st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2),
    )
    return st.one_of(*[words(name)] * 5, odd)


def sets(value: Any) -> st.SearchStrategy[dict[str, Any]]:
    known = st.fixed_dictionaries({}, optional={name: value(name) for name in OPTIONS})
    names = st.one_of(st.sampled_from(ATTRIBUTES), st.text(max_size=20))
    unknown = st.dictionaries(names, value("x"), min_size=1, max_size=2)
    both = st.tuples(known, unknown).map(lambda pair: {**pair[0], **pair[1]})
    # Most sets name no seat: with one, little else can be right.
    seatless = known.map(lambda one: {name: one[name] for name in one if name != "seat"})
    return st.one_of(seatless, seatless, known, both)


def lists(name: str) -> st.SearchStrategy[list[str]]:
    return st.one_of(*[words(name).map(lambda one: [one])] * 4, st.lists(words(name), max_size=2))


BY_REST = sets(values).map(lambda options: json.loads(json.dumps(options)))
BY_FORM = sets(lists).map(options_from_form)
# JupyterHub takes the prefix off, and hands the rest to the same function.
BY_QUERY = sets(lists).map(lambda options: options_from_form({**options, "_xsrf": ["2|a|b"]}))
WAYS = {"rest": BY_REST, "form": BY_FORM, "query": BY_QUERY}


def script(options: object, allowed: Access | None) -> str:
    wanted = parse(options, MACHINE, allowed, partial(read, user="ada", key=KEY, now=NOW))
    return render(
        JobSpec(
            name="onboard-session",
            comment="onboard-0011",
            argv=("python", "-m", "spawners.session_server"),
            size=wanted.size,
            environment=wanted.environment,
            account=wanted.account,
            qos=wanted.qos,
            reservation=wanted.reservation,
        )
    )


def requests(text: str) -> dict[str, str]:
    """Return what the script asks of the scheduler; each line is one word, and each name once."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        if line.startswith("#SBATCH"):
            (word,) = shlex.split(line.removeprefix("#SBATCH"))
            name, _, value = word.partition("=")
            assert name not in found
            found[name.removeprefix("--")] = value
    return found


def rest(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#SBATCH")]


def script_or_refusal(options: object, allowed: Access | None) -> str | RefusedRequest:
    try:
        return script(options, allowed)
    except RefusedRequest as refusal:
        return refusal


def check(options: Mapping[str, Any], allowed: Access | None) -> str | None:
    made = script_or_refusal(options, allowed)
    if isinstance(made, RefusedRequest):
        assert made.message.endswith(".")
        assert not re.search(r"[\x00-\x1f]", str(made))
        return None
    plain = script({"environment": options.get("environment") or "default"}, None)
    assert rest(made) == rest(plain)
    asked, usual = requests(made), requests(plain)
    assert set(asked) - CHOSEN == set(usual) - CHOSEN
    for name, value in asked.items():
        assert VALUES[name].fullmatch(value) if name in VALUES else value == usual[name]
    return made


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_options_are_refused_or_make_a_script_that_differs_in_values_alone(way: str) -> None:
    made: list[str] = []
    tried: list[int] = []

    @settings(
        max_examples=3400, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(options=WAYS[way], allowed=st.sampled_from([None, ALLOWED]))
    def one_set(options: dict[str, Any], allowed: Access | None) -> None:
        tried.append(1)
        text = check(options, allowed)
        if text is not None:
            made.append(text)

    one_set()

    assert len(tried) >= 3334  # with the other two ways: 10,000
    # A suite that refuses all shows nothing of scripts.
    assert len(set(made)) >= 20
    for text in sorted(set(made))[:100]:
        subprocess.run(["bash", "-n"], input=text, text=True, timeout=10, check=True)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("end", BAD_ENDS)
@pytest.mark.parametrize("allowed", [None, ALLOWED], ids=["unknown", "known"])
def test_every_option_refuses_every_bad_end(name: str, end: str, allowed: Access | None) -> None:
    for right in RIGHT[name]:
        assert check({name: right + end}, allowed) is None


def test_everything_right_is_in_the_script() -> None:
    made = check(
        {
            "size": "gpu",
            "hours": "1",
            "account": "p200002",
            "qos": "short",
            "reservation": "class-a",
        },
        ALLOWED,
    )

    assert made is not None
    asked = requests(made)
    assert (asked["account"], asked["qos"], asked["time"]) == ("p200002", "short", "60")
    assert (asked["reservation"], asked["partition"], asked["gres"]) == ("class-a", "gpu", "gpu:1")


def test_a_seat_brings_its_reservation_and_ends_with_its_class() -> None:
    made = check({"size": "gpu", "seat": sign(TAKEN, "ada", KEY)}, ALLOWED)

    assert made is not None
    asked = requests(made)
    assert (asked["reservation"], asked["time"]) == ("class-b", "31")


@pytest.mark.parametrize(
    "seat",
    [
        pytest.param(sign(TAKEN, "bob", KEY), id="somebody else's"),
        pytest.param(sign(TAKEN, "ada", b"another key"), id="signed by somebody else"),
        pytest.param(sign(TAKEN, "ada", KEY).replace("class-b", "class-c"), id="another place"),
        pytest.param(sign(TAKEN, "ada", KEY).rpartition(".")[0], id="without its place"),
        pytest.param(sign(TAKEN, "ada", KEY).replace("1790001800", "1890001800"), id="for longer"),
        pytest.param(sign(TAKEN, "ada", KEY).replace("0123abcd", "0123abce"), id="another class"),
        pytest.param(sign(Seat("0123abcd", NOW, "class-b"), "ada", KEY), id="of a class before"),
        pytest.param("class-b", id="a bare name"),
        pytest.param(f"0123abcd.{NOW + 1800}.{'0' * 32}.class-b", id="made up"),
        pytest.param(sign(TAKEN, "ada", KEY) + "\n#SBATCH --uid=0", id="and another line"),
    ],
)
@pytest.mark.parametrize("allowed", [None, ALLOWED], ids=["unknown", "known"])
def test_nobody_makes_a_seat_or_passes_one_on(seat: str, allowed: Access | None) -> None:
    assert check({"seat": seat}, allowed) is None


def test_a_seat_goes_with_no_other_reservation() -> None:
    assert check({"seat": sign(TAKEN, "ada", KEY), "reservation": "class-a"}, ALLOWED) is None


def test_a_hub_without_a_key_takes_no_seat() -> None:
    with pytest.raises(RefusedRequest):
        parse({"seat": sign(TAKEN, "ada", b"")}, MACHINE, None)
    with pytest.raises(RefusedRequest):
        read(sign(TAKEN, "ada", b""), "ada", b"", NOW)
