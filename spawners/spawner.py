"""The glue on batchspawner: JupyterHub's calls on one side, `Batch` and `Watcher` on the other."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

from batchspawner import BatchSpawnerBase
from jupyterhub import orm
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import url_path_join
from pydantic import ValidationError
from sqlalchemy.orm import object_session
from traitlets import Dict, Float, Instance, default

from spawners import explain
from spawners.callback import replace_batchspawners
from spawners.errors import BatchUnavailable, OnboardError, RefusedRequest
from spawners.jobs import Batch, JobSpec, JobState, JobStatus
from spawners.machine import Machine
from spawners.request import SessionRequest
from spawners.scheduler_facts import SchedulerFacts
from spawners.watcher import Watcher

replace_batchspawners()

NAME = "onboard-session"
SECRETS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
# A trainee waits in the queue as long as the queue takes; JupyterHub wants a number.
NO_TIMEOUT_S = 30 * 24 * 3600


class SessionSpawner(BatchSpawnerBase):
    """A session is one batch job. State in the hub's database: job, host, port, token id."""

    machine = Instance(Machine, help="What this site's machine offers.").tag(config=True)
    watcher = Instance(Watcher, help="The one watcher of all jobs, and its batch system.").tag(
        config=True
    )
    facts = Instance(SchedulerFacts, help="What users may use here, and what is free.").tag(
        config=True
    )
    job_variables = Dict(help="Public variables for every session.").tag(config=True)
    ready_timeout = Float(
        120.0, help="Seconds from a job's start until its server must have reported its port."
    ).tag(config=True)

    @default("start_timeout")
    def _start_timeout(self) -> int:
        return NO_TIMEOUT_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        self._forget()
        super().__init__(*args, **kwargs)

    def _forget(self) -> None:
        self.comment = self.host = ""
        self.job_user: str | None = None
        self.token_id: int | None = None
        self.session_port: int | None = None
        self._port_known = asyncio.Event()
        self._resumed = False

    # -- what JupyterHub keeps for us

    def get_state(self) -> dict[str, Any]:
        """Return what a restarted hub needs to know of the job. No secret."""
        if not self.comment:
            return {}
        return {
            "job_id": self.job_id,
            "comment": self.comment,
            "job_user": self.job_user,
            "host": self.host,
            "session_port": self.session_port,
            "token_id": self.token_id,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up a job that an earlier hub process submitted."""
        self.job_id = state.get("job_id", "")
        self.comment = state.get("comment", "")
        self.job_user = state.get("job_user")
        self.host = state.get("host", "")
        self.session_port = state.get("session_port")
        self.token_id = state.get("token_id")
        if self.session_port is not None:
            self._port_known.set()
        self._resumed = bool(self.job_id)

    def clear_state(self) -> None:
        """Forget the job."""
        if self.job_id:
            self.watcher.forget(self.job_id)
        super().clear_state()
        self._forget()

    def _save(self) -> None:
        # At once: a hub that dies before start() returns must find its job again.
        self.orm_spawner.state = self.get_state()
        self._rows.commit()

    # -- start

    async def start(self) -> tuple[str, int]:
        """Submit the job and wait, as long as it takes, until its server listens."""
        self.port = 0
        try:
            spec = self._spec(await self.facts.parse(self.user_options, self.user.name))
            await self._submit(spec)
            await self._until_listening()
        except OnboardError as error:
            raise SpawnException(
                str(error),
                reason=type(error).__name__.lower(),
                status_code=503 if isinstance(error, BatchUnavailable) else 400,
            ) from error
        return self.host, self._port()

    def _spec(self, wanted: SessionRequest) -> JobSpec:
        self.comment = f"onboard-{secrets.token_hex(8)}"
        token = orm.APIToken.find(self._rows, self.api_token)
        self.token_id = token.id if token is not None else None
        self.job_user = self.user.name if self.machine.submit_as_trainee else None
        try:
            return JobSpec(
                name=NAME,
                comment=self.comment,
                argv=("python", "-m", "spawners.session_server", *self.get_args()),
                size=wanted.size,
                environment=wanted.environment,
                user=self.job_user,
                workdir=self._workspace(),
                log="~/.onboard/log/session-%j.log",
                variables=self._variables(),
                account=wanted.account,
                qos=wanted.qos,
                reservation=wanted.reservation,
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
        tokens = dict.fromkeys(SECRETS, str(self.api_token))
        submission = asyncio.ensure_future(self._batch.submit(spec, tokens))
        try:
            self.job_id = await asyncio.shield(submission)
        except asyncio.CancelledError:
            # The trainee cancelled while sbatch ran: the job it makes must not stay behind.
            await self._batch.cancel(await submission, self.job_user)
            raise
        self._save()
        self.log.info("Session of %s is job %s", self.user.name, self.job_id)

    async def _until_listening(self) -> None:
        status = await self._until_running()
        self.host = status.host
        self._save()
        listening = asyncio.ensure_future(self._port_known.wait())
        ending = asyncio.ensure_future(self._until_ended())
        try:
            await asyncio.wait(
                (listening, ending),
                timeout=self.ready_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if listening.done():
                return
            if ending.done():
                raise OnboardError(explain.ended(ending.result()), hint="Start it again.")
        finally:
            listening.cancel()
            ending.cancel()
        raise OnboardError(
            "Your session has its place, but its notebook server did not answer in time.",
            hint="Start it again; if that fails too, tell the site's operators.",
        )

    async def _until_running(self) -> JobStatus:
        status = await self._until(lambda seen: seen.state is JobState.RUNNING and bool(seen.host))
        if status.state.ended:
            raise OnboardError(explain.ended(status), hint="Start it again.")
        return status

    async def _until_ended(self) -> JobStatus:
        return await self._until(lambda _: False)

    async def _until(self, enough: Callable[[JobStatus], bool]) -> JobStatus:
        """Return the first status that is `enough`, or the job's end."""
        watcher: Watcher = self.watcher
        status = watcher.status(self.job_id)
        async for status in watcher.changes(self.job_id):
            if enough(status):
                break
        return status

    def take_port(self, port: int) -> None:
        """Learn where the job's server listens (`callback.PortHandler`). Counts once a job."""
        if self._port_known.is_set():
            return
        self.session_port = port
        self._port_known.set()
        self._save()

    def _port(self) -> int:
        if self.session_port is None:
            raise OnboardError("The session has not reported its port.")
        return self.session_port

    # -- while it runs

    async def poll(self) -> int | None:
        """Return None while the job may be running, and 1 once its end is confirmed."""
        if not self.job_id:
            return 1
        self.watcher.track(self.job_id)
        if self._resumed:
            self._resumed = False
            await self._take_up_again()
        return 1 if self.watcher.status(self.job_id).state.ended else None

    async def _take_up_again(self) -> None:
        # The hub died and is back. JupyterHub asks this once, in the background, and shows the
        # session as pending until it is answered: so the answer waits for the job.
        try:
            await self._until_listening()
        except OnboardError as error:
            self.log.info("Session %s did not come back: %s", self._log_name, error)

    async def get_url(self) -> str:
        """Return where the server is, also for a job that began while the hub was away."""
        if self.session_port is None or not self.host:
            return str(self.server.url)
        address = f"{self.server.proto}://{self.host}:{self.session_port}"
        return str(url_path_join(address, self.server.base_url))

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield where the job stands, in words, at each change."""
        while not self.job_id:
            yield {"progress": 5, "message": "Asking the scheduler for your session."}
            await asyncio.sleep(0.2)
        steps = {JobState.PENDING: 20, JobState.RUNNING: 70}
        async for status in self.watcher.changes(self.job_id):
            yield {
                "progress": steps.get(status.state, 10),
                "message": explain.progress(status),
            }

    # -- the end

    async def stop(self, now: bool = False) -> None:
        """Cancel the job; unless `now`, wait until the batch system confirms its end."""
        if not self.job_id:
            return
        await self._batch.cancel(self.job_id, self.job_user)
        if not now:
            await self._until_ended()

    def run_post_stop_hook(self) -> Any:  # noqa: ANN401
        """Revoke the session's token, however it ended: JupyterHub knows it by value only."""
        if self.token_id is not None:
            token = self._rows.get(orm.APIToken, self.token_id)
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
