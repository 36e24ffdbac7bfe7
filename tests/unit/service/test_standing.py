"""The hub's user model and a session's standing, put together, without any page."""

import pytest

from courses.service import session as sessions
from courses.service.session import State
from spawners.standing import Cause, End, Phase, QueuePlace, Standing
from spawners.words import Words

ENGLISH = Words("en")
NOW = 1_800_000_000.0
PENDING = {"ready": False, "pending": "spawn", "started": "2027-01-15T07:55:00Z"}
QUEUED = Standing(phase=Phase.QUEUED, job=QueuePlace(job_id="7", reason="Resources"))
TIMED_OUT = Standing(phase=Phase.ENDED, end=End(cause=Cause.TIME_LIMIT, at=NOW))
STOPPED = Standing(phase=Phase.ENDED, end=End(cause=Cause.STOPPED, at=NOW))
REJECTED = Standing(phase=Phase.FAILED, end=End(cause=Cause.REJECTED, at=NOW))


def stand(server, standing, machine):
    return sessions.session({"servers": {"": server} if server else {}}, standing, machine)


@pytest.mark.parametrize(
    "user",
    [{}, {"servers": None}, {"servers": {}}, {"servers": {"": {"stopped": True, "ready": True}}}],
)
def test_no_session(machine, user):
    assert sessions.session(user, None, machine).state is State.NONE


def test_a_session_without_options_has_the_first_size(machine):
    # when
    session = stand({"ready": True, "user_options": None}, None, machine)
    # then
    assert session.state is State.READY
    assert session.size == machine.sizes[0]
    assert session.started_at is None


@pytest.mark.parametrize(
    ("server", "standing", "state"),
    [
        (PENDING, QUEUED, State.WAITING),
        (PENDING, QUEUED.model_copy(update={"phase": Phase.STARTING}), State.STARTING),
        # The scheduler has it running, and the hub's proxy does not lead there yet.
        (PENDING, QUEUED.model_copy(update={"phase": Phase.READY}), State.STARTING),
        # A new start has begun, and the hub still remembers how the last one ended.
        (PENDING, TIMED_OUT, State.WAITING),
        ({"ready": True}, QUEUED, State.READY),
        ({"pending": "stop"}, QUEUED, State.STOPPING),
        (None, TIMED_OUT, State.ENDED),
        (None, REJECTED, State.FAILED),
        (None, STOPPED, State.NONE),
        (None, QUEUED, State.NONE),
    ],
)
def test_the_hub_says_whether_and_the_standing_says_how(machine, server, standing, state):
    assert stand(server, standing, machine).state is state


@pytest.mark.parametrize("raw", [None, [], "text", {}, {"phase": "new"}, {"phase": "none", "x": 1}])
def test_a_standing_in_no_way_that_we_know_is_none(raw):
    assert sessions.read_standing(raw) is None


def test_a_step_says_why_it_waits(machine):
    # when
    step = sessions.step(stand(PENDING, QUEUED, machine), ENGLISH, NOW)
    # then
    assert step.as_json()["state"] == "waiting"
    assert step.said.message.startswith("Everything of this size is in use.")


def test_words_of_an_older_standing_are_not_said_of_a_new_start(machine):
    # when
    step = sessions.step(stand(PENDING, TIMED_OUT, machine), ENGLISH, NOW)
    # then
    assert step.said.message == "Your session is on its way."


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
        (
            {"failed": True, "message": "no", "standing": REJECTED.model_dump(mode="json")},
            State.FAILED,
            "The scheduler did not accept your session.",
        ),
        (
            {"progress": 90, "message": "no", "standing": QUEUED.model_dump(mode="json")},
            State.WAITING,
            "Everything of this size is in use. Your session starts when one is free.",
        ),
        ({"progress": 10, "message": "Plain.", "standing": "?"}, State.WAITING, "Plain."),
    ],
)
def test_progress_in_words(event, state, message):
    # when
    step = sessions.progress(event, ENGLISH, NOW)
    # then
    assert (step.state, step.said.message) == (state, message)
