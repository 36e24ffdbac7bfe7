"""Jobs, sessions and tokens brought back into step: after a hub's death, and every minute.

A hub that dies in the middle of a start leaves a job that no session knows, or a token that no
session uses. A session that lost its job's number finds it by itself (`SessionSpawner.poll`);
what is left over here belongs to nobody: the job is cancelled, the token revoked.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from jupyterhub import orm
from sqlalchemy.orm import Session

from spawners.errors import BatchError
from spawners.jobs import Batch, FoundJob
from spawners.metrics import RECONCILED
from spawners.session_state import SessionState

log = logging.getLogger(__name__)

EVERY_S = 60.0
# What JupyterHub writes beside the token of a session (`User.spawn`).
_TOKEN_NOTE = "Server at "  # noqa: S105


@dataclass(frozen=True)
class Known:
    """What the hub knows of: the comments of its sessions, and their tokens."""

    comments: frozenset[str]
    tokens: frozenset[int]


def known(states: Iterable[SessionState]) -> Known:
    """Return what these sessions hold on to. One that has ended holds on to nothing."""
    live = [state for state in states if state.end is None]
    return Known(
        comments=frozenset(state.comment for state in live if state.comment),
        tokens=frozenset(state.token_id for state in live if state.token_id is not None),
    )


def orphans(found: Iterable[FoundJob], comments: frozenset[str]) -> list[FoundJob]:
    """Return the jobs that still live and that no session knows."""
    return [job for job in found if not job.state.ended and job.comment not in comments]


class Reconciler:
    """Keeps them in step until cancelled.

    `rows` is the hub's database session; `starting` returns the names of the users whose start has
    not come to its job yet: their token is not noted anywhere.
    """

    def __init__(
        self, batch: Batch, hub_id: str, rows: Session, starting: Callable[[], set[str]]
    ) -> None:
        self._batch, self._hub_id, self._rows = batch, hub_id, rows
        self._starting = starting

    async def keep(self, every_s: float = EVERY_S) -> None:
        """Reconcile now and every `every_s` seconds; a failure waits for the next time."""
        while True:
            try:
                self.revoke_tokens()
                await self.cancel_orphans()
            except BatchError as error:
                log.warning("Not reconciled, the batch system does not answer: %s", error)
            except Exception:
                log.exception("Not reconciled")
                # The hub's own: as a failure left it, nobody could ask the database anything.
                self._rows.rollback()
            await asyncio.sleep(every_s)

    async def cancel_orphans(self) -> Sequence[FoundJob]:
        """Cancel this hub's jobs that no session knows; return them."""
        found = await self._batch.find(f"{self._hub_id}-")
        # Read after the question: a session that began meanwhile has noted its comment.
        lost = orphans(found, known(self._states()).comments)
        for job in lost:
            try:
                await self._batch.cancel(job.job_id, job.user or None)
            except BatchError as error:
                # One that cannot be cancelled (its user is gone, for one) keeps no other.
                log.warning("Job %s belongs to no session: %s", job.job_id, error)
                continue
            log.warning("Job %s of %s belongs to no session: cancelled", job.job_id, job.user)
            RECONCILED.labels("job cancelled").inc()
        return lost

    def revoke_tokens(self) -> int:
        """Revoke the tokens of sessions that no longer are; return how many."""
        held, starting = known(self._states()).tokens, self._starting()
        left = [
            token
            for token in self._rows.query(orm.APIToken).filter(
                orm.APIToken.note.startswith(_TOKEN_NOTE)
            )
            if token.id not in held and token.user is not None and token.user.name not in starting
        ]
        for token in left:
            log.warning("A token of %s belongs to no session: revoked", token.user.name)
            self._rows.delete(token)
            RECONCILED.labels("token revoked").inc()
        self._rows.commit()
        return len(left)

    def _states(self) -> list[SessionState]:
        rows = self._rows.query(orm.Spawner).filter(orm.Spawner.server != None)  # noqa: E711
        return [SessionState.of(row.state) for row in rows]
