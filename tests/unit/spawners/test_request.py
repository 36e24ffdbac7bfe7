"""Untrusted options become a session that the machine allows, or a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spawners.errors import RefusedRequest
from spawners.machine import Environment, Machine, SessionSize
from spawners.request import OPTIONS, choose_size, parse


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

    assert wanted.size in here.sizes
    assert wanted.environment in here.environments


@pytest.mark.parametrize(
    ("gpu", "chosen"), [("none", "cpu-small"), ("preferred", "gpu-1"), ("required", "gpu-1")]
)
def test_a_gpu_is_asked_for_only_where_the_lesson_wants_one(gpu: str, chosen: str) -> None:
    found = choose_size(machine(), cpus=1, memory_mib=512, gpu=gpu)  # type: ignore[arg-type]

    assert found is not None
    assert found.name == chosen


def test_the_smallest_size_that_fits_is_chosen() -> None:
    here = machine(size("large", cpus=16, memory_mib=65536), size("middle", cpus=4))

    found = choose_size(here, cpus=2, memory_mib=1024, gpu="preferred")

    assert found is not None
    assert found.name == "middle"


def test_a_lesson_that_requires_a_gpu_finds_none_without_one() -> None:
    assert choose_size(machine(size("cpu")), cpus=1, memory_mib=512, gpu="required") is None
