"""What the hub keeps of a session in its database, from its start to how it ended."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from jupyterhub import orm
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import object_session
from traitlets import Instance

from spawners import job_log
from spawners.errors import OnboardError
from spawners.jobs import Batch, JobStatus
from spawners.metrics import ENDS, PHASE
from spawners.session_state import SessionState
from spawners.standing import Cause, End
from spawners.tls_spawner import TlsSpawner
from spawners.watcher import Watcher

_LOG_S = 2.0
_WITHOUT_LOG = (Cause.REFUSED, Cause.REJECTED, Cause.SCHEDULER_SILENT, Cause.STOPPED)


class NotKept(OnboardError):
    """The hub's database does not take what has to be known after a restart."""


class RecordingSpawner(TlsSpawner):
    """All that is known of a session is its `SessionState`, and that is kept."""

    watcher = Instance(Watcher, help="The one watcher of all jobs, and its batch system.").tag(
        config=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        self._forget()
        super().__init__(*args, **kwargs)

    def _forget(self) -> None:
        self.session = SessionState()
        self._identity: dict[str, str] = {}
        self._port_known = asyncio.Event()
        self._resumed = False
        self._asked_to_end: Cause | None = None
        self._stopped = asyncio.Event()

    def get_state(self) -> dict[str, Any]:
        """Return what a restarted hub needs to know of the session."""
        return self.session.model_dump(mode="json", exclude_defaults=True)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what an earlier hub process, or an earlier object, knew."""
        self.session = SessionState.of(state)
        if self.session.port is not None:
            self._port_known.set()
        self._resumed = bool(self.session.comment) and self.session.end is None

    def clear_state(self) -> None:
        """Forget the job. At its end we keep how it ended; at a new start nothing."""
        self.watcher.forget(self.session.job_id)
        end, ready_at = self.session.end, self.session.ready_at
        course, lesson, size = self.session.course, self.session.lesson, self.session.size
        super().clear_state()
        self._forget()
        if self._stop_pending:
            self.session = SessionState(
                end=end, ready_at=ready_at, course=course, lesson=lesson, size=size
            )

    def _set(self, **changes: object) -> None:
        # JupyterHub saves it soon; a hub that dies before learns it again from the scheduler.
        self.session = self.session.model_copy(update=changes)

    def _note(self, **changes: object) -> None:
        # At once: nobody says it a second time to a hub that died before start() returned.
        self._set(**changes)
        try:
            self.orm_spawner.state = self.get_state()
            self._rows.commit()
        except SQLAlchemyError as error:
            # Else nobody could ask the hub's database anything any more.
            self._rows.rollback()
            self.log.exception("The state of session %s could not be kept", self._log_name)
            raise NotKept(
                "The hub cannot keep its records just now.",
                hint="Try again in a few minutes; if it fails again, tell the site's operators.",
            ) from error

    async def _over(
        self, cause: Cause, *, status: JobStatus | None = None, detail: str = ""
    ) -> None:
        """Note why the session is over; the first cause counts."""
        if self.session.end is not None:
            return
        if cause is Cause.CANCELLED and self._asked_to_end is not None:
            cause = self._asked_to_end
        end = End(
            cause=cause,
            at=time.time(),
            detail=detail,
            job_id=self.session.job_id,
            exit_code=status.exit_code if status else None,
        )
        self._set(end=end)
        ENDS.labels(cause.value).inc()
        self._observe("ready", self.session.ready_at, time.time())
        if self.session.log and cause not in _WITHOUT_LOG:
            log = await self._last_lines()
            if self.session.end is end:
                self._set(end=end.model_copy(update={"log": log}))

    async def _last_lines(self) -> tuple[str, ...]:
        # A shared file system may hang, and users may be looked up over a network: not in the loop.
        reading = asyncio.to_thread(
            job_log.last_lines, Path(self.session.log), self.session.job_user
        )
        try:
            return await asyncio.wait_for(reading, _LOG_S)
        except TimeoutError:
            return ()

    @staticmethod
    def _observe(phase: str, since: float | None, until: float | None) -> None:
        if since is not None and until is not None:
            PHASE.labels(phase).observe(max(0.0, until - since))

    def run_post_stop_hook(self) -> Any:  # noqa: ANN401
        """Revoke the session's token, however it ended: JupyterHub knows it by value only."""
        if self.session.token_id is not None:
            token = self._rows.get(orm.APIToken, self.session.token_id)
            if token is not None:
                self._rows.delete(token)
                self._rows.commit()
        return super().run_post_stop_hook()

    @property
    def _rows(self) -> Any:  # noqa: ANN401  untyped upstream
        """The hub's database session, through our own row: `Spawner.db` is deprecated."""
        return object_session(self.orm_spawner)

    @property
    def _batch(self) -> Batch:
        watcher: Watcher = self.watcher
        return watcher.batch
