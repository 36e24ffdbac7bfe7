"""A site's proxy, hub and course pages: started in order, kept alive until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tornado.httpclient import AsyncHTTPClient

from hub_config import internal_tls, login, secret_store
from hub_config.configure import PASSWORDS, service_environment
from hub_config.secret_store import Secrets
from hub_config.site import Site
from hub_config.supervisor import Program, Supervisor, last_words
from spawners.batch.local import LocalBatch
from spawners.errors import MissingTool, OnboardError

_READY_LIMIT_S = 60.0
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "USER", "LOGNAME", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True)
class Opened:
    """A site that answers: where it is, and who may sign in."""

    address: str
    passwords: dict[str, str]


def prepare(site: Site) -> tuple[Secrets, dict[str, str]]:
    """Make the site's folders, secrets and passwords; the hub's own are the hub user's alone."""
    try:
        site.data_dir.mkdir(parents=True, exist_ok=True)
        site.catalogue.mkdir(mode=0o755, exist_ok=True)
        site.hub_dir.mkdir(mode=0o700, exist_ok=True)
        _make_log_dir(site)
        secrets = secret_store.load_or_make(site.hub_dir)
        secret_store.write_metrics_token(site.hub_dir, secrets)
        passwords = login.write_passwords(site.hub_dir / PASSWORDS, site.login.password_users)
        if site.internal_tls:
            internal_tls.prepare(site)
    except OSError as error:
        raise OnboardError(
            f"{error.filename}: cannot be written: {error.strerror}.",
            hint="Make room, or set ONBOARD_DATA to a folder of yours.",
        ) from None
    if site.hub.run_as is not None:
        _give(site.hub_dir, site.hub.run_as)
    return secrets, passwords


def _make_log_dir(site: Site) -> None:
    """Make the folder of the sessions' logs: each writes its own, the hub alone reads them.

    Everyone may make a file there and nobody may list it; what they make belongs to the folder's
    group, which is the hub's.
    """
    site.log_dir.mkdir(exist_ok=True)
    if site.hub.run_as is not None:
        shutil.chown(site.log_dir, site.hub.run_as, pwd.getpwnam(site.hub.run_as).pw_gid)
    shared = site.machine.submit_as_trainee
    site.log_dir.chmod(0o3733 if shared else 0o700)


def _give(folder: Path, user: str) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


async def run(site: Site, say: Callable[[str], None], opened: Callable[[Opened], None]) -> None:
    """Keep the site up until SIGINT or SIGTERM; leave no process behind."""
    _check_ports(site)
    secrets, passwords = prepare(site)
    supervisor = Supervisor(say)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        for program in programs(site, secrets):
            await supervisor.keep(program)
        await _until_it_answers(site, stopping)
        if not stopping.is_set():
            opened(Opened(f"http://{site.hub.host}:{site.hub.port}/", passwords))
        failing = asyncio.create_task(supervisor.failed())
        ending = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait((failing, ending), return_when=asyncio.FIRST_COMPLETED)
        if failing in done:
            failing.result()
        failing.cancel()
    finally:
        say("Ending the site: sessions, pages, hub, proxy.")
        await supervisor.stop("hub", "course pages", "proxy")
        batch = site.batch()
        if isinstance(batch, LocalBatch):
            await batch.end_all()


def programs(site: Site, secrets: Secrets) -> list[Program]:
    """Return the site's processes, in the order in which they start."""
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
    if site.hub.run_as is not None:
        env |= {"HOME": str(site.hub_dir), "USER": site.hub.run_as, "LOGNAME": site.hub.run_as}
    hub_env = env | {
        "ONBOARD_SITE": site.reference,
        "ONBOARD_DATA": str(site.data_dir),
        "ONBOARD_PORT": str(site.hub.port),
    }
    config = Path(__file__).with_name("jupyterhub_config.py")

    def program(name: str, argv: list[str], extra: dict[str, str]) -> Program:
        log = site.hub_dir / f"{name.replace(' ', '-')}.log"
        return Program(name, argv, extra, log, site.hub.run_as, cwd=str(site.hub_dir))

    proxy_env = env | {"CONFIGPROXY_AUTH_TOKEN": secrets.proxy_token}
    proxy_env |= internal_tls.proxy_environment(site)
    return [
        program("proxy", proxy_command(site), proxy_env),
        program("hub", [sys.executable, "-m", "hub_config.hub", "-f", str(config)], hub_env),
        program(
            "course pages",
            [sys.executable, "-m", "courses.service"],
            env | service_environment(site, secrets),
        ),
    ]


def proxy_command(site: Site) -> list[str]:
    """Return how configurable-http-proxy is started for this site."""
    proxy = os.environ.get("ONBOARD_PROXY") or shutil.which("configurable-http-proxy")
    if proxy is None:
        raise MissingTool(
            "configurable-http-proxy is not on this machine.",
            hint="scripts/up brings it; or: npm install -g configurable-http-proxy.",
        )
    return [
        *(proxy, "--ip", site.hub.host, "--port", str(site.hub.port)),
        *("--api-ip", "127.0.0.1", "--api-port", str(site.hub.proxy_api_port)),
        *("--default-target", site.hub_url, "--error-target", f"{site.hub_url}/hub/error"),
        *internal_tls.proxy_options(site),
    ]


def _check_ports(site: Site) -> None:
    for port in site.hub.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((site.hub.host, port))
            except OSError:
                raise OnboardError(
                    f"The port {port} is taken (the site needs {site.hub.ports[0]} to "
                    f"{site.hub.ports[-1]}).",
                    hint="End what uses it, or choose another with --port.",
                ) from None


async def _until_it_answers(site: Site, stopping: asyncio.Event) -> None:
    client = AsyncHTTPClient()
    base = f"http://{site.hub.host}:{site.hub.port}"
    waiting = [f"{base}/hub/health", f"{base}/services/courses/"]
    try:
        async with asyncio.timeout(_READY_LIMIT_S):
            while waiting and not stopping.is_set():
                try:
                    answer = await client.fetch(waiting[0], raise_error=False)
                    ready = answer.code == 200
                except OSError:
                    ready = False
                if ready:
                    waiting.pop(0)
                else:
                    await asyncio.sleep(0.1)
    except TimeoutError:
        log = site.hub_dir / "hub.log"
        raise OnboardError(
            f"The hub does not answer after {_READY_LIMIT_S:.0f} s: {last_words(log)}",
            hint=f"Its whole log is {log}.",
        ) from None
