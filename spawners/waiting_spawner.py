"""The wait for a session: for its job to run, its server to listen, or the end of both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from traitlets import Float

from spawners import ending, explain
from spawners.ending import EndedEarly, NotReached
from spawners.errors import OnboardError
from spawners.jobs import JobState, JobStatus
from spawners.recording_spawner import RecordingSpawner
from spawners.watcher import Watcher


class WaitingSpawner(RecordingSpawner):
    """Waits as long as the queue takes; once the job runs, for `ready_timeout`."""

    ready_timeout = Float(
        120.0, help="Seconds from a job's start until its server must have reported its port."
    ).tag(config=True)

    async def _until_listening(self) -> None:
        status = await self._until_running()
        if self.session.running_at is None:
            self._set(host=status.host, running_at=status.starts_at or time.time())
            self._observe("queued", self.session.asked_at, self.session.running_at)
        listening = asyncio.ensure_future(self._port_known.wait())
        ended = asyncio.ensure_future(self._until_ended())
        try:
            await asyncio.wait(
                (listening, ended),
                timeout=self.ready_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not listening.done():
                raise await self._what_went_wrong(ended)
        finally:
            listening.cancel()
            ended.cancel()
        if self.session.ready_at is None:
            self._set(ready_at=time.time())
            self._observe("starting", self.session.running_at, self.session.ready_at)

    async def _what_went_wrong(self, ended: asyncio.Future[JobStatus]) -> OnboardError:
        if ended.done():
            return await self._ended_early(ended.result())
        return NotReached(
            "Your session has its place, but its notebook server did not answer in time.",
            hint="Start it again; if that fails too, tell the site's operators.",
        )

    async def _ended_early(self, status: JobStatus) -> OnboardError:
        await self._over(ending.of_job(status), status=status)
        return EndedEarly(explain.ended(status), hint="Start it again.")

    async def _until_running(self) -> JobStatus:
        status = await self._until(lambda seen: seen.state is JobState.RUNNING and bool(seen.host))
        if status.state.ended:
            raise await self._ended_early(status)
        return status

    async def _until_ended(self) -> JobStatus:
        return await self._until(lambda _: False)

    async def _until(self, enough: Callable[[JobStatus], bool]) -> JobStatus:
        """Return the first status that is `enough`, or the job's end."""
        watcher: Watcher = self.watcher
        status = watcher.status(self.session.job_id)
        async for sighting in watcher.changes(self.session.job_id):
            status = sighting.status
            if enough(status):
                break
        return status

    def take_port(self, port: int) -> None:
        """Learn where the job's server listens (`callback.PortHandler`). Counts once a job."""
        if self._port_known.is_set():
            return
        self._note(port=port)
        self._port_known.set()
        if not self.session.host:
            # Its server runs before we knew that the job does: on which node, the scheduler says.
            self.watcher.hurry()

    def _port(self) -> int:
        if self.session.port is None:
            raise NotReached("The session has not reported its port.")
        return self.session.port
