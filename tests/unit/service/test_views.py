"""What the pages show of courses and lessons, without any page."""

import pytest

from courses.authoring.manifest import Needs
from courses.service import views
from courses.service.session import Session, State
from spawners.words import Words

ENGLISH = Words("en")


@pytest.mark.parametrize(
    ("size", "needs", "lacks"),
    [
        ("cpu", Needs(), ""),
        ("cpu", Needs(gpu="preferred"), ""),
        ("cpu", Needs(gpu="required"), "a GPU"),
        ("gpu", Needs(gpu="required"), ""),
        ("gpu", Needs(gpu="required", gpus=2), "2 GPUs"),
        (
            "cpu",
            Needs(gpu="required", cpus=4, memory_mib=8192),
            "a GPU, 4 CPUs and 8 GiB of memory",
        ),
        ("forgotten", Needs(gpu="required"), ""),
    ],
)
def test_what_a_session_lacks(machine, size, needs, lacks):
    assert views.lacks(Session(State.READY, size=machine.size(size)), needs, ENGLISH) == lacks


def test_what_is_missing_is_said_in_the_trainees_language(machine):
    # given
    session = Session(State.READY, size=machine.size("cpu"))
    needs = Needs(gpu="required", cpus=4, memory_mib=9728)
    # then
    assert views.lacks(session, needs, Words("fr")) == "un GPU, 4 CPU et 9,5 GiB de mémoire"
    assert views.lacks(session, needs, Words("de")) == "eine GPU, 4 CPUs und 9,5 GiB Speicher"
