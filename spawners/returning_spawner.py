"""A session that the hub finds in its database when it is back: taken up where it stands."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from jupyterhub.utils import url_path_join

from spawners import ending, lost_job
from spawners.errors import OnboardError
from spawners.waiting_spawner import WaitingSpawner

# How long a session that was ready before the hub's restart waits for the scheduler's word.
_RETURN_S = 15.0
# How long a stop waits for the end that it asked for: a node can take hours to be done with a job.
END_S = 60.0
# How long JupyterHub takes from cancelling a start to calling its stop.
_STOP_BEGINS_S = 2.0


class ReturningSpawner(WaitingSpawner):
    """Outlives its hub."""

    async def poll(self) -> int | None:
        """Return None while the job may be running, and 1 once its end is confirmed."""
        if self._resumed:
            self._resumed = False
            await self._take_up_cancellably()
        if not self.session.job_id:
            return 1
        self.watcher.track(self.session.job_id)
        status = self.watcher.status(self.session.job_id)
        if not status.state.ended:
            return None
        await self._over(ending.of_job(status), status=status)
        return 1

    async def _take_up_cancellably(self) -> None:
        # JupyterHub cancels a start by this future, and refuses to stop what it is still checking.
        taking_up = asyncio.ensure_future(self._take_up_again())
        self._spawn_future: asyncio.Future[None] | None = taking_up
        try:
            await asyncio.wait((taking_up,))
        finally:
            if not taking_up.done():
                taking_up.cancel()
            if self._spawn_future is taking_up:
                self._spawn_future = None
        if not taking_up.cancelled():
            taking_up.result()
            return
        # Its stop comes in a moment, if this check is no longer in its way.
        self._check_pending = False
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * END_S if self.session.job_id else _STOP_BEGINS_S):
                await self._stopped.wait()

    async def _take_up_again(self) -> None:
        # The hub died and is back. JupyterHub asks this once, in the background, and shows the
        # session as pending until it is answered: so the answer waits for the job.
        try:
            if not self.session.job_id:
                self._note(job_id=(await lost_job.find(self._batch, self.session)).job_id)
            async with asyncio.timeout(_RETURN_S if self.session.ready_at else None):
                await self._until_listening()
        except TimeoutError:
            # The scheduler is silent. The session was there, and whether it is JupyterHub asks it.
            self.log.info("Session %s is taken up unasked", self._log_name)
        except OnboardError as error:
            await self._over(ending.of_error(error), detail=error.message)
            self.log.info("Session %s did not come back: %s", self._log_name, error)
        # JupyterHub takes address and port from `get_url`, and leaves the scheme as it was.
        if self.server is not None:
            self.server.proto = self._scheme

    async def get_url(self) -> str:
        """Return where the server is, also for a job that began while the hub was away."""
        if self.session.port is None or not self.session.host:
            return str(self.server.url)
        address = f"{self._scheme}://{self.session.host}:{self.session.port}"
        return str(url_path_join(address, self.server.base_url))
