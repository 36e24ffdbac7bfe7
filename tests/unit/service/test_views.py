"""What the pages show, without any page."""

import pytest

from courses.authoring.manifest import Needs
from courses.service import views
from courses.service.views import Session, State


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (15, "15 min"), (60, "1 h"), (65, "1 h 5 min")]
)
def test_durations(minutes, words):
    assert views.duration(minutes) == words


@pytest.mark.parametrize(
    ("since", "words"), [(None, ""), (90, "10 s"), (100, "0 s"), (120, "0 s"), (-3500, "1 h")]
)
def test_how_long_ago(since, words):
    assert views.ago(since, now=100) == words


@pytest.mark.parametrize(
    ("moment", "words"), [("2026-11-03T10:00:00+00:00", "3 November 2026"), ("soon", "soon")]
)
def test_days(moment, words):
    assert views.day(moment) == words


def test_memory():
    assert [views.memory(one) for one in (512, 1024, 1536)] == ["512 MiB", "1 GiB", "1.5 GiB"]


@pytest.mark.parametrize(
    ("needs", "size"),
    [
        (Needs(), "cpu"),
        (Needs(gpu="preferred"), "gpu"),
        (Needs(gpu="required"), "gpu"),
        (Needs(cpus=3), "gpu"),
        (Needs(cpus=64), None),
    ],
)
def test_the_size_of_a_lesson(machine, needs, size):
    # when
    found = views.size_for(needs, machine)
    # then
    assert (found.name if found else None) == size


@pytest.mark.parametrize(
    ("size", "needs", "lacks"),
    [
        ("cpu", Needs(), ""),
        ("cpu", Needs(gpu="preferred"), ""),
        ("cpu", Needs(gpu="required"), "a GPU"),
        ("gpu", Needs(gpu="required"), ""),
        (
            "cpu",
            Needs(gpu="required", cpus=4, memory_mib=8192),
            "a GPU, 4 CPUs and 8 GiB of memory",
        ),
        ("forgotten", Needs(gpu="required"), ""),
    ],
)
def test_what_a_session_lacks(machine, size, needs, lacks):
    assert views.lacks(Session(State.READY, size=machine.size(size)), needs) == lacks


@pytest.mark.parametrize(
    "user",
    [{}, {"servers": None}, {"servers": {}}, {"servers": {"": {"stopped": True, "ready": True}}}],
)
def test_no_session(machine, user):
    assert views.session(user, machine).state is State.NONE


def test_a_session_without_options_has_the_first_size(machine):
    # when
    session = views.session({"servers": {"": {"ready": True, "user_options": None}}}, machine)
    # then
    assert session.state is State.READY
    assert session.size == machine.sizes[0]
    assert session.started_at is None


@pytest.mark.parametrize(
    ("event", "state", "message"),
    [
        ({}, State.WAITING, "Your session is on its way."),
        ({"progress": 20, "message": "In turn."}, State.WAITING, "In turn."),
        ({"progress": "70", "message": "Odd."}, State.WAITING, "Odd."),
        ({"progress": 70, "message": "Soon."}, State.STARTING, "Soon."),
        ({"failed": True, "message": "Spawn failed"}, State.FAILED, "It is not known why."),
        ({"failed": True, "message": "Spawn failed: full"}, State.FAILED, "full"),
        ({"failed": True, "message": "Spawn cancelled"}, State.FAILED, "The start was cancelled."),
    ],
)
def test_progress_in_words(event, state, message):
    # when
    step = views.progress(event)
    # then
    assert (step.state, step.message) == (state, message)
