"""The glue on batchspawner: JupyterHub's calls on one side, `Batch` and `Watcher` on the other.

Each class does one thing, and the next stands on it:

    BatchSpawnerBase
    └─ TlsSpawner            who the session is, for hub and proxy
       └─ RecordingSpawner   what the hub's database keeps of it
          └─ WaitingSpawner  until its job runs and its server listens
             └─ ReturningSpawner  after the hub was away
                └─ SessionSpawner    start, progress, stop
"""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub.spawner import SpawnException
from traitlets import Bytes, Dict, Instance, Unicode, default

from spawners import ending, explain, seats, session_job, session_standing, turns
from spawners.errors import BatchUnavailable, OnboardError
from spawners.jobs import JobSpec, JobState, JobStatus
from spawners.machine import Machine
from spawners.recording_spawner import NotKept
from spawners.request import SessionRequest
from spawners.returning_spawner import END_S, ReturningSpawner
from spawners.scheduler_facts import SchedulerFacts
from spawners.session_state import SessionState
from spawners.standing import Cause, Standing
from spawners.standing_route import add_route

add_route()

# A trainee waits in the queue as long as the queue takes; JupyterHub wants a number.
NO_TIMEOUT_S = 30 * 24 * 3600
COURSE_EXTENSIONS = ("courses.opening", "courses.leftovers")
"""What the session's server loads for the courses; by name, for nothing here imports them."""


_TAKING_BACK: set[asyncio.Task[None]] = set()  # a task that nobody holds may be dropped


class SessionSpawner(ReturningSpawner):
    """A session is one batch job; all that is known of it is its `SessionState`."""

    machine = Instance(Machine, help="What this site's machine offers.").tag(config=True)
    facts = Instance(SchedulerFacts, help="What users may use here, and what is free.").tag(
        config=True
    )
    job_variables = Dict(help="Public variables for every session.").tag(config=True)
    hub_id = Unicode(help="Which hub a job belongs to: the first part of its comment.").tag(
        config=True
    )
    log_dir = Unicode(help="Where jobs write logs that the hub may read; empty: at home.").tag(
        config=True
    )

    seat_key = Bytes(help="What seats in classes are signed with (`spawners.seats`).").tag(
        config=True
    )

    @default("facts")
    def _facts(self) -> SchedulerFacts:
        return SchedulerFacts(self.machine, None)

    @default("start_timeout")
    def _start_timeout(self) -> int:
        return NO_TIMEOUT_S

    # -- start

    async def start(self) -> tuple[str, int]:
        """Submit the job and wait, as long as it takes, until its server listens."""
        self.port = 0
        try:
            self.session = SessionState(asked_at=time.time())
            seat_of = partial(seats.read, user=self.user.name, key=self.seat_key, now=time.time())
            wanted = await self.facts.parse(self.user_options, self.user.name, seat_of)
            self.session = self._begun(wanted)
            await self._submit(self._spec(wanted))
            await self._until_listening()
        except OnboardError as error:
            await self._over(ending.of_error(error), detail=error.message)
            refusal = SpawnException(
                str(error),
                reason=type(error).__name__.lower(),
                status_code=503 if isinstance(error, BatchUnavailable | NotKept) else 400,
            )
            # Without it the form shows the exception's class and code as well.
            refusal.jupyterhub_message = str(error)
            raise refusal from error
        return self.session.host, self._port()

    def _begun(self, wanted: SessionRequest) -> SessionState:
        token = orm.APIToken.find(self._rows, self.api_token)
        return SessionState(
            comment=f"{self.hub_id}-{secrets.token_hex(8)}",
            asked_at=time.time(),
            size=wanted.size.name,
            course=wanted.course,
            lesson=wanted.lesson,
            token_id=token.id if token is not None else None,
            job_user=self.user.name if self.machine.submit_as_trainee else None,
            # Nobody else can know this name: the comment is in every queue listing.
            log=str(Path(self.log_dir) / f"{secrets.token_hex(16)}.log") if self.log_dir else "",
        )

    def _spec(self, wanted: SessionRequest) -> JobSpec:
        return session_job.spec(
            self.machine,
            wanted,
            self.session,
            user=self.user.name,
            workdir=session_job.workspace(self.machine, str(self.user.escaped_name)),
            arguments=self.get_args(),
            variables={**session_job.public(self.get_env()), **self.job_variables},
        )

    def get_args(self) -> list[str]:
        """Return the server's arguments, with what the courses want of it."""
        loaded = (f"--ServerApp.jpserver_extensions={one}=True" for one in COURSE_EXTENSIONS)
        arguments = [*super().get_args(), *loaded]
        # In a container everyone is root; as a trainee's own system user nobody is.
        root = os.geteuid() == 0 and not self.machine.submit_as_trainee
        return [*arguments, "--allow-root"] if root else arguments

    async def _submit(self, spec: JobSpec) -> None:
        # Before the scheduler hears of it: a hub that dies now finds the job by its comment.
        self._note()
        tokens = {**dict.fromkeys(session_job.SECRETS, str(self.api_token)), **self._identity}
        submission = asyncio.ensure_future(self._batch.submit(spec, tokens))
        turns.over()
        try:
            job_id = await asyncio.shield(submission)
        except asyncio.CancelledError:
            # The trainee cancelled while sbatch ran: the job it makes must not stay behind. Not
            # awaited here: JupyterHub gives a start one second to be cancelled.
            taking_back = asyncio.create_task(self._take_back(submission, spec.user))
            _TAKING_BACK.add(taking_back)
            taking_back.add_done_callback(_TAKING_BACK.discard)
            raise
        self._note(job_id=job_id)
        self.log.info("Session of %s is job %s", self.user.name, job_id)

    async def _take_back(self, submission: asyncio.Future[str], user: str | None) -> None:
        try:
            await self._batch.cancel(await submission, user)
        except OnboardError as error:
            # If there is a job all the same, it belongs to no session: `reconcile` finds it.
            self.log.warning("A start that was cancelled: %s", error)

    # -- while it waits and runs

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield where the session stands, at each change: as facts, and in English words."""
        while not self.session.job_id:
            yield self._event(10, "Asking the scheduler for your session.")
            await asyncio.sleep(0.2)
        steps = {JobState.PENDING: 20, JobState.RUNNING: 70}
        async for sighting in self.watcher.changes(self.session.job_id):
            percent = steps.get(sighting.status.state, 10)
            yield self._event(percent, explain.progress(sighting.status))

    def _event(self, percent: int, message: str) -> dict[str, Any]:
        standing = self.standing().model_dump(mode="json")
        return {"progress": percent, "message": message, "standing": standing}

    def standing(self) -> Standing:
        """Say where the session stands, without asking anybody."""
        return session_standing.standing(
            self.session,
            self.watcher.sighting(self.session.job_id),
            session_standing.Flags(
                stop_pending=self._stop_pending, ready=self.ready, active=self.active
            ),
            self.watcher.age_s,
        )

    # -- the end

    async def stop(self, now: bool = False) -> None:
        """Cancel the job; unless `now`, wait until the batch system confirms its end."""
        if not self.session.job_id:
            return
        self._asked_to_end = Cause.NOT_REACHED if self._waiting_for_response else Cause.STOPPED
        try:
            await self._batch.cancel(self.session.job_id, self.session.job_user)
            if not now:
                async with asyncio.timeout(END_S):
                    await self._ended_by_stop(await self._until_ended())
        except TimeoutError:
            # Its end has begun; a session that comes next need not wait for it.
            self.log.warning("Job %s takes long to end", self.session.job_id)
        finally:
            await self._over(self._asked_to_end)
            self._stopped.set()

    async def _ended_by_stop(self, status: JobStatus) -> None:
        # Not reached because its job had ended: the job says more of why.
        if self._asked_to_end is Cause.NOT_REACHED:
            await self._over(ending.of_job(status), status=status)
