"""What belongs to no session is cancelled or revoked; what belongs to one is left alone."""

from __future__ import annotations

from spawners.jobs import FoundJob, JobState
from spawners.reconcile import known, orphans
from spawners.session_state import SessionState
from spawners.standing import Cause, End


def job(comment: str, state: JobState = JobState.RUNNING) -> FoundJob:
    return FoundJob(job_id="7", comment=comment, user="ann", state=state)


def test_a_job_that_a_session_knows_is_left_alone() -> None:
    held = known([SessionState(comment="onboard-a-1", token_id=5)])

    assert orphans([job("onboard-a-1")], held.comments) == []
    assert held.tokens == {5}


def test_a_job_that_nobody_knows_is_an_orphan_while_it_lives() -> None:
    lost, over = job("onboard-a-2"), job("onboard-a-3", JobState.COMPLETED)

    assert orphans([lost, over], known([]).comments) == [lost]


def test_a_session_that_has_ended_holds_on_to_nothing() -> None:
    ended = SessionState(
        comment="onboard-a-1", token_id=5, end=End(cause=Cause.STOPPED, at=1790000000)
    )

    held = known([ended])

    assert not held.comments
    assert not held.tokens


def test_what_an_older_hub_saved_and_nobody_can_read_is_no_session() -> None:
    assert SessionState.of({"job_id": 7, "child_conf": {}}) == SessionState()
    assert SessionState.of(None) == SessionState()
