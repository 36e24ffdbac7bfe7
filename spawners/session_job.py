"""What a session asks of the batch system: its `JobSpec`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from spawners.errors import RefusedRequest
from spawners.jobs import JobSpec, SessionLimits
from spawners.machine import Machine
from spawners.request import SessionRequest
from spawners.session_state import SessionState

NAME = "onboard-session"
SECRETS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")


def spec(
    machine: Machine,
    wanted: SessionRequest,
    session: SessionState,
    *,
    user: str,
    workdir: str,
    arguments: Sequence[str],
    variables: Mapping[str, str],
) -> JobSpec:
    """Return the job of `user`'s session, which runs JupyterHub's server with `arguments`.

    Raises RefusedRequest where a name is one that no job can have.
    """
    try:
        return JobSpec(
            name=NAME,
            comment=session.comment,
            argv=("python", "-m", "spawners.session_server", *arguments),
            size=wanted.size,
            environment=wanted.environment,
            user=session.job_user,
            workdir=workdir,
            log=session.log or "~/.onboard/log/session-%j.log",
            variables=variables,
            account=wanted.account,
            qos=wanted.qos,
            reservation=wanted.reservation,
            dialect=machine.dialect,
            hub_reads_log=bool(session.log),
            session=SessionLimits(
                idle_limit_s=machine.idle_limit_s,
                gpu_idle_limit_s=machine.gpu_idle_limit_s,
            ),
        )
    except ValidationError as error:
        raise RefusedRequest(
            f"A session cannot be started for the user {user!a}.",
            hint="; ".join(str(one["msg"]) for one in error.errors()),
        ) from None


def workspace(machine: Machine, user: str) -> str:
    """Return where the session works; `user` is JupyterHub's escaped name."""
    # `{user}` is for a machine where every session runs as the same system user.
    return machine.workspace.replace("{user}", user)


def public(env: Mapping[str, object]) -> dict[str, str]:
    """Return what of JupyterHub's environment may be written into a script."""
    return {
        name: str(value)
        for name, value in env.items()
        if name.startswith("JUPYTERHUB_") and name not in SECRETS
    }
