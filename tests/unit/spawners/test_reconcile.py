"""What belongs to no session is cancelled or revoked; what belongs to one is left alone."""

from __future__ import annotations

import asyncio

from jupyterhub import orm, roles
from sqlalchemy import text
from sqlalchemy.orm import Session

from spawners.batch.fake import FakeBatch
from spawners.errors import BatchUnavailable
from spawners.jobs import FoundJob, JobState
from spawners.reconcile import Reconciler, known, orphans
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


class Stubborn(FakeBatch):
    """One user's jobs cannot be cancelled: sudo knows the user no more."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelled: list[str] = []

    async def find(self, comments: str) -> list[FoundJob]:
        users = {"1": "left", "2": "ann"}
        return [
            FoundJob(job_id=one, comment=f"{comments}{one}", user=user, state=JobState.RUNNING)
            for one, user in users.items()
        ]

    async def cancel(self, job_id: str, user: str | None = None) -> None:
        if user == "left":
            raise BatchUnavailable("sudo: unknown user left")
        self.cancelled.append(job_id)


async def test_an_orphan_that_cannot_be_cancelled_keeps_no_other(rows: Session) -> None:
    batch = Stubborn()

    await Reconciler(batch, "onboard-a", rows, set).cancel_orphans()

    assert batch.cancelled == ["2"]


async def test_a_database_that_takes_nothing_is_asked_again(rows: Session) -> None:
    # given a token that belongs to no session, and a disk that is full
    ann = orm.User(name="ann")
    rows.add(ann)
    rows.commit()
    roles.assign_default_roles(rows, ann)
    ann.new_api_token(note="Server at /user/ann/")
    rows.execute(text("PRAGMA query_only = ON"))
    keeping = asyncio.create_task(Reconciler(FakeBatch(), "onboard-a", rows, set).keep(0.01))
    await asyncio.sleep(0)

    # when there is room again
    rows.execute(text("PRAGMA query_only = OFF"))
    async with asyncio.timeout(10):
        while rows.query(orm.APIToken).count():
            await asyncio.sleep(0.01)

    assert not keeping.done()
    keeping.cancel()
