"""Which session sizes hold a lesson, and which of them it starts in."""

import pytest

from courses import sizes
from courses.authoring.manifest import Needs
from spawners.machine import Environment, Machine, SessionSize


def size(name, cpus=2, memory_mib=2048, gpus=0):
    return SessionSize(
        name=name, title=name, cpus=cpus, memory_mib=memory_mib, time_limit_s=3600, gpus=gpus
    )


CPU, LARGE = size("cpu"), size("large", cpus=8, memory_mib=65536)
ONE_GPU, TWO_GPUS = size("gpu-1", cpus=4, gpus=1), size("gpu-2", cpus=4, gpus=2)
EVERY = (TWO_GPUS, LARGE, ONE_GPU, CPU)


def machine(*sizes):
    environment = Environment(name="default", title="Python", path="/opt/env")
    return Machine(name="there", batch="slurm", sizes=sizes, environments=(environment,))


@pytest.mark.parametrize(
    ("needs", "there", "best_first"),
    [
        (Needs(), EVERY, ["cpu", "large"]),
        (Needs(), (TWO_GPUS, ONE_GPU), ["gpu-1", "gpu-2"]),  # every node has GPUs there
        (Needs(cpus=3), EVERY, ["large"]),
        (Needs(memory_mib=4096), EVERY, ["large"]),
        (Needs(cpus=64), EVERY, []),
        (Needs(gpu="preferred"), EVERY, ["gpu-1", "gpu-2", "cpu", "large"]),
        (Needs(gpu="preferred", gpus=2), EVERY, ["gpu-2", "cpu", "large", "gpu-1"]),
        (Needs(gpu="preferred"), (LARGE, CPU), ["cpu", "large"]),
        (Needs(gpu="required"), EVERY, ["gpu-1", "gpu-2"]),
        (Needs(gpu="required", gpus=2), EVERY, ["gpu-2"]),
        (Needs(gpu="required"), (LARGE, CPU), []),
    ],
)
def test_the_sizes_that_a_lesson_may_start_in(needs, there, best_first):
    # when
    found = sizes.fitting(machine(*there), needs)
    # then
    assert [one.name for one in found] == best_first
    assert sizes.size_for(machine(*there), needs) == (found[0] if found else None)


@pytest.mark.parametrize(
    ("held", "needs", "lacks"),
    [
        (CPU, Needs(gpu="preferred"), {}),
        (CPU, Needs(gpu="required"), {"gpus": 1}),
        (ONE_GPU, Needs(gpu="required", gpus=2), {"gpus": 2}),
        (TWO_GPUS, Needs(), {}),
        (CPU, Needs(cpus=4, memory_mib=4096), {"cpus": 4, "memory_mib": 4096}),
    ],
)
def test_what_a_size_has_too_little_of(held, needs, lacks):
    assert sizes.missing(held, needs) == lacks
