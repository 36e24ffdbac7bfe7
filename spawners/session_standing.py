"""Where a session stands, of what hub and scheduler know of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from spawners.jobs import JobState, JobStatus, Sighting
from spawners.session_state import SessionState
from spawners.standing import Phase, QueuePlace, Standing


@dataclass(frozen=True)
class Flags:
    """What JupyterHub says of a session, in its own words."""

    stop_pending: bool
    ready: bool
    active: bool


def standing(
    session: SessionState, sighting: Sighting, flags: Flags, age_s: float | None
) -> Standing:
    """Put it together. `age_s` is how old the scheduler's answer is; None before the first."""
    return Standing(
        phase=_phase(session, sighting.status, flags),
        size=session.size,
        course=session.course,
        lesson=session.lesson,
        asked_at=session.asked_at,
        ready_at=session.ready_at,
        deadline=sighting.status.ends_at,
        job=_place(session, sighting) if session.job_id else None,
        end=session.end,
        age_s=age_s,
        scheduler_answers=sighting.answered,
    )


def _phase(session: SessionState, status: JobStatus, flags: Flags) -> Phase:
    if session.end is not None:
        return Phase.FAILED if session.ready_at is None else Phase.ENDED
    if flags.stop_pending:
        return Phase.ENDING
    if flags.ready:
        return Phase.READY
    if not flags.active:
        return Phase.NONE
    return Phase.STARTING if status.state is JobState.RUNNING else Phase.QUEUED


def _place(session: SessionState, sighting: Sighting) -> QueuePlace:
    status, spot = sighting.status, sighting.spot
    pending = status.state is JobState.PENDING
    return QueuePlace(
        job_id=session.job_id,
        reason=status.reason if pending else "",
        partition=spot.partition if spot else "",
        position=spot.position if spot else None,
        waiting=spot.waiting if spot else None,
        expected_start=status.starts_at if pending else None,
        host=status.host,
    )
