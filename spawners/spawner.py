"""The glue on batchspawner: JupyterHub's calls on one side, `Batch` and `Watcher` on the other."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from batchspawner import BatchSpawnerBase
from jupyterhub import orm
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import url_path_join
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import object_session
from traitlets import Dict, Float, Instance, Unicode, default

from spawners import certificates, ending, explain, job_log, session_address, turns
from spawners.callback import replace_batchspawners
from spawners.ending import EndedEarly, NotReached
from spawners.errors import BatchError, BatchUnavailable, OnboardError, RefusedRequest
from spawners.jobs import Batch, FoundJob, JobSpec, JobState, JobStatus, SessionLimits
from spawners.machine import Machine
from spawners.metrics import ENDS, PHASE
from spawners.request import SessionRequest
from spawners.scheduler_facts import SchedulerFacts
from spawners.session_state import SessionState
from spawners.standing import Cause, End, Phase, QueuePlace, Standing
from spawners.standing_route import add_route
from spawners.watcher import Sighting, Watcher

replace_batchspawners()
add_route()

NAME = "onboard-session"
SECRETS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
# A trainee waits in the queue as long as the queue takes; JupyterHub wants a number.
NO_TIMEOUT_S = 30 * 24 * 3600
# How long a submission that a dead hub began may still make a job.
_SUBMISSION_S = 20.0
_LOOK_AGAIN_S = 2.0
# How long a session that was ready before the hub's restart waits for the scheduler's word.
_RETURN_S = 15.0
# How long a stop waits for the end that it asked for: a node can take hours to be done with a job.
_END_S = 60.0
_LOG_S = 2.0
_WITHOUT_LOG = (Cause.REFUSED, Cause.REJECTED, Cause.SCHEDULER_SILENT, Cause.STOPPED)


_TAKING_BACK: set[asyncio.Task[None]] = set()  # a task that nobody holds may be dropped


class NotKept(OnboardError):
    """The hub's database does not take what has to be known after a restart."""


class SessionSpawner(BatchSpawnerBase):
    """A session is one batch job; all that is known of it is its `SessionState`."""

    machine = Instance(Machine, help="What this site's machine offers.").tag(config=True)
    watcher = Instance(Watcher, help="The one watcher of all jobs, and its batch system.").tag(
        config=True
    )
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
    ready_timeout = Float(
        120.0, help="Seconds from a job's start until its server must have reported its port."
    ).tag(config=True)

    @default("facts")
    def _facts(self) -> SchedulerFacts:
        return SchedulerFacts(self.machine, None)

    @default("start_timeout")
    def _start_timeout(self) -> int:
        return NO_TIMEOUT_S

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

    # -- what JupyterHub keeps for us

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

    # -- TLS between hub, proxy and session

    async def create_certs(self) -> dict[str, str]:
        """Make the session's certificate. It travels as the token does, so there are no paths."""
        store = Path(self.internal_certs_location)
        self._identity = certificates.for_session(store, self.user.name)
        return {}

    @property
    def server(self) -> Any:  # noqa: ANN401  untyped upstream
        """JupyterHub's record of where the session is; its certificate has its user's name."""
        server = super().server
        if server is not None and self.internal_ssl:
            server.wait_up = partial(session_address.wait_up, server, self.user.name)
        return server

    @server.setter
    def server(self, server: Any) -> None:  # noqa: ANN401
        BatchSpawnerBase.server.fset(self, server)

    # -- start

    async def start(self) -> tuple[str, int]:
        """Submit the job and wait, as long as it takes, until its server listens."""
        self.port = 0
        try:
            self.session = SessionState(asked_at=time.time())
            wanted = await self.facts.parse(self.user_options, self.user.name)
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

    def _spec(self, wanted: SessionRequest) -> JobSpec:
        machine: Machine = self.machine
        token = orm.APIToken.find(self._rows, self.api_token)
        self.session = SessionState(
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
        try:
            return JobSpec(
                name=NAME,
                comment=self.session.comment,
                argv=("python", "-m", "spawners.session_server", *self.get_args()),
                size=wanted.size,
                environment=wanted.environment,
                user=self.session.job_user,
                workdir=self._workspace(),
                log=self.session.log or "~/.onboard/log/session-%j.log",
                variables=self._variables(),
                account=wanted.account,
                qos=wanted.qos,
                reservation=wanted.reservation,
                dialect=machine.dialect,
                hub_reads_log=bool(self.session.log),
                session=SessionLimits(
                    idle_limit_s=machine.idle_limit_s,
                    gpu_idle_limit_s=machine.gpu_idle_limit_s,
                ),
            )
        except ValidationError as error:
            raise RefusedRequest(
                f"A session cannot be started for the user {self.user.name!a}.",
                hint="; ".join(str(one["msg"]) for one in error.errors()),
            ) from None

    def _workspace(self) -> str:
        # `{user}` is for a machine where every session runs as the same system user.
        machine: Machine = self.machine
        return machine.workspace.replace("{user}", str(self.user.escaped_name))

    def _variables(self) -> dict[str, str]:
        env: dict[str, str] = {
            name: str(value)
            for name, value in self.get_env().items()
            if name.startswith("JUPYTERHUB_") and name not in SECRETS
        }
        return {**env, **self.job_variables}

    def get_args(self) -> list[str]:
        """Return the server's arguments, with the page that opens a lesson."""
        arguments = [*super().get_args(), "--ServerApp.jpserver_extensions=courses.opening=True"]
        # In a container everyone is root; as a trainee's own system user nobody is.
        root = os.geteuid() == 0 and not self.machine.submit_as_trainee
        return [*arguments, "--allow-root"] if root else arguments

    async def _submit(self, spec: JobSpec) -> None:
        # Before the scheduler hears of it: a hub that dies now finds the job by its comment.
        self._note()
        tokens = {**dict.fromkeys(SECRETS, str(self.api_token)), **self._identity}
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

    # -- while it runs

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
            async with asyncio.timeout(2 * _END_S if self.session.job_id else _LOOK_AGAIN_S):
                await self._stopped.wait()

    async def _take_up_again(self) -> None:
        # The hub died and is back. JupyterHub asks this once, in the background, and shows the
        # session as pending until it is answered: so the answer waits for the job.
        try:
            if not self.session.job_id:
                self._note(job_id=(await self._find_job()).job_id)
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

    async def _find_job(self) -> FoundJob:
        """Find the job of a submission whose answer the hub did not live to hear."""
        while True:
            try:
                found = await self._batch.find(self.session.comment)
            except BatchError as error:
                self.log.warning("Looking for %s again: %s", self.session.comment, error)
            else:
                mine = [one for one in found if self._is_mine(one)]
                if mine:
                    return mine[0]
                if time.time() > (self.session.asked_at or 0.0) + _SUBMISSION_S:
                    raise EndedEarly(
                        "The hub was restarted before your session was submitted.",
                        hint="Start it again.",
                    )
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _is_mine(self, job: FoundJob) -> bool:
        # Everybody reads comments in the queue, and may write the same into a job of their own.
        theirs = self.session.job_user is not None and job.user != self.session.job_user
        return job.comment == self.session.comment and not theirs

    async def get_url(self) -> str:
        """Return where the server is, also for a job that began while the hub was away."""
        if self.session.port is None or not self.session.host:
            return str(self.server.url)
        address = f"{self._scheme}://{self.session.host}:{self.session.port}"
        return str(url_path_join(address, self.server.base_url))

    @property
    def _scheme(self) -> str:
        return "https" if self.internal_ssl else "http"

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
        session, sighting = self.session, self.watcher.sighting(self.session.job_id)
        return Standing(
            phase=self._phase(sighting.status),
            size=session.size,
            course=session.course,
            lesson=session.lesson,
            asked_at=session.asked_at,
            ready_at=session.ready_at,
            deadline=sighting.status.ends_at,
            job=_place(session, sighting) if session.job_id else None,
            end=session.end,
            age_s=self.watcher.age_s,
            scheduler_answers=sighting.answered,
        )

    def _phase(self, status: JobStatus) -> Phase:
        if self.session.end is not None:
            return Phase.FAILED if self.session.ready_at is None else Phase.ENDED
        if self._stop_pending:
            return Phase.ENDING
        if self.ready:
            return Phase.READY
        if not self.active:
            return Phase.NONE
        return Phase.STARTING if status.state is JobState.RUNNING else Phase.QUEUED

    # -- the end

    async def stop(self, now: bool = False) -> None:
        """Cancel the job; unless `now`, wait until the batch system confirms its end."""
        if not self.session.job_id:
            return
        self._asked_to_end = Cause.NOT_REACHED if self._waiting_for_response else Cause.STOPPED
        try:
            await self._batch.cancel(self.session.job_id, self.session.job_user)
            if not now:
                async with asyncio.timeout(_END_S):
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
