"""The job of a submission whose answer the hub did not live to hear."""

from __future__ import annotations

import asyncio
import logging
import time

from spawners.ending import EndedEarly
from spawners.errors import BatchError
from spawners.jobs import Batch, FoundJob
from spawners.session_state import SessionState

log = logging.getLogger(__name__)

# How long a submission that a dead hub began may still make a job.
_SUBMISSION_S = 20.0
_LOOK_AGAIN_S = 2.0


async def find(batch: Batch, session: SessionState) -> FoundJob:
    """Look for the session's job until it is found. Raises EndedEarly once there can be none."""
    while True:
        try:
            found = await batch.find(session.comment)
        except BatchError as error:
            log.warning("Looking for %s again: %s", session.comment, error)
        else:
            mine = [one for one in found if _is_of(session, one)]
            if mine:
                return mine[0]
            if time.time() > (session.asked_at or 0.0) + _SUBMISSION_S:
                raise EndedEarly(
                    "The hub was restarted before your session was submitted.",
                    hint="Start it again.",
                )
        await asyncio.sleep(_LOOK_AGAIN_S)


def _is_of(session: SessionState, job: FoundJob) -> bool:
    # Everybody reads comments in the queue, and may write the same into a job of their own.
    theirs = session.job_user is not None and job.user != session.job_user
    return job.comment == session.comment and not theirs
