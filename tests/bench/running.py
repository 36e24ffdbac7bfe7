"""What is measured, running: the cluster, a hub of each way, and the stub in its places."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import psutil
from running_site import five_free_ports

from hub_config import internal_tls, up
from hub_config import site as sites
from hub_config.onebox import cluster as onebox
from hub_config.onebox.command import ask, do, tool
from hub_config.onebox.layout import HARDWARE, Hardware, Layout
from hub_config.supervisor import Program, Supervisor
from spawners import certificates

HERE = Path(__file__).parent
STUB = HERE / "stub.py"
SUDOERS = Path("/etc/sudoers.d/onboard-bench")
CPUS = 512
LAYOUT = Layout(hardware=(Hardware(name="cpu1", cpus=CPUS, memory_mib=2_000_000), *HARDWARE[1:]))
READY_LIMIT_S = 60.0


@contextlib.contextmanager
def cluster() -> Iterator[None]:
    """The one-machine cluster with room for every session; refuses one that is in use."""
    if onebox.status(Layout()).up:
        sys.exit("The cluster is up: its jobs would count. Take it down: onboard onebox down")
    onebox.up(LAYOUT)
    try:
        yield
    finally:
        onebox.down(LAYOUT)
        _sweep()


async def emptied(limit_s: float = 120.0) -> None:
    """End every job of the trainees, and wait until their nodes are idle again."""
    for trainee in LAYOUT.trainees:
        do("scancel", f"--user={trainee}")
    start = time.monotonic()
    query = ("--noheader", "--states=pending,running,completing", "--format=%i")
    while ask("squeue", *query).stdout.strip():
        if time.monotonic() - start > limit_s:
            raise TimeoutError("The cluster does not get empty.")
        await asyncio.sleep(0.2)


def _sweep() -> None:
    # batchspawner's jobs write their logs into the homes.
    for trainee in LAYOUT.trainees:
        for log in Path(pwd.getpwnam(trainee).pw_dir).glob("jupyterhub_slurmspawner_*.log"):
            log.unlink()


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that every user may read, with the stub as an environment's python in it."""
    with tempfile.TemporaryDirectory(prefix="onboard-bench-", dir="/var/lib") as name:
        path = Path(name)
        path.chmod(0o755)
        (path / "bin").mkdir()
        shutil.copy(STUB, stub(path))
        stub(path).chmod(0o755)
        shutil.copytree(HERE / "in_hub", path / "in_hub")
        yield path


def stub(base: Path) -> Path:
    """Return where the stub is in the folder."""
    return base / "bin" / "python"


@dataclass(frozen=True)
class RunningHub:
    """A hub that answers: its address, the token that may start anybody's session, its process."""

    address: str
    token: str
    process: psutil.Process
    data: Path
    """Where its site keeps the catalogue and the learning store."""

    def cpu_s(self) -> tuple[float, float]:
        """Return the CPU seconds of the hub, and of the commands that it ran."""
        used = self.process.cpu_times()
        return used.user + used.system, used.children_user + used.children_system


@contextlib.asynccontextmanager
async def hub(way: str, base: Path) -> AsyncIterator[RunningHub]:
    """A fresh hub of the site `onebox`, as its own user.

    The way is `nothing`, `nothing-tls`, `batchspawner` or `ours`.
    """
    port, token = five_free_ports(), secrets.token_hex(16)
    data = base / f"{way}-{port}"
    site = sites.load(str(_site_file(way, base)), data_dir=data, port=port)
    own_secrets, _ = up.prepare(site)
    supervisor = Supervisor(lambda said: print(said, file=sys.stderr))
    try:
        with _shared_stub(site, base) as stub_port, _sudo_rule(way):
            extra = {
                "ONBOARD_BENCH_WAY": way,
                "ONBOARD_BENCH_TOKEN": token,
                "ONBOARD_BENCH_STUB": str(stub(base)),
                "ONBOARD_BENCH_STUB_PORT": str(stub_port),
                "PYTHONPATH": str(base / "in_hub"),
            }
            for program in up.programs(site, own_secrets):
                await supervisor.keep(_measured(program, base, extra))
            address = f"http://127.0.0.1:{port}"
            process = _process(base)
            await asyncio.to_thread(_until_healthy, address)
            own = await asyncio.to_thread(_own_token, address, token)
            yield RunningHub(address, own, process, data)
    finally:
        await supervisor.stop("hub", "course pages", "proxy")
        await emptied()


def _own_token(address: str, token: str) -> str:
    """Return a token as people have them: the hub checks one of a configuration 16,384 times."""
    import httpx

    with httpx.Client(headers={"Authorization": f"token {token}"}, timeout=60) as http:
        answer = http.post(f"{address}/hub/api/users/bench/tokens", json={})
        answer.raise_for_status()
        return str(answer.json()["token"])


def _measured(program: Program, base: Path, extra: dict[str, str]) -> Program:
    if program.name != "hub":
        return program
    config = str(base / "in_hub" / "measured_config.py")
    argv = [*program.argv[:-1], config]
    return dataclasses.replace(program, argv=argv, env={**program.env, **extra})


def _process(base: Path) -> psutil.Process:
    children = psutil.Process().children(recursive=True)
    return next(one for one in children if str(base / "in_hub") in " ".join(one.cmdline()))


def _until_healthy(address: str) -> None:
    import httpx

    start = time.monotonic()
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/hub/health", timeout=5).status_code == 200:
                return
        if time.monotonic() - start > READY_LIMIT_S:
            raise TimeoutError(f"The hub at {address} does not answer.")
        time.sleep(0.1)


def _site_file(way: str, base: Path) -> Path:
    """Write the site: `onebox` with the stub as its environment, whose sessions outlive the hub."""
    text = (files("hub_config") / "sites" / "onebox.toml").read_text(encoding="utf-8")
    changes = {
        'path = "{prefix}"': f'path = "{base}"',
        "end_sessions_with_hub = true": "end_sessions_with_hub = false",
    }
    if way in ("nothing", "batchspawner"):  # which has no TLS
        changes["[hub]"] = "[hub]\ninternal_tls = false"
    for old, new in changes.items():
        assert text.count(old) == 1, f"sites/onebox.toml has changed: {old}"
        text = text.replace(old, new)
    path = base / f"{way}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@contextlib.contextmanager
def _shared_stub(site: sites.Site, base: Path) -> Iterator[int]:
    argv = [str(stub(base)), "shared"]
    identity = (
        certificates.for_session(internal_tls.store(site), "bench") if site.internal_tls else {}
    )
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=identity)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def _sudo_rule(way: str) -> Iterator[None]:
    """batchspawner also asks squeue as the user, and keeps the whole environment (`sudo -E`)."""
    if way != "batchspawner":
        yield
        return
    tools = ", ".join(tool(name) for name in ("sbatch", "squeue", "scancel"))
    rule = f"{LAYOUT.hub_user} ALL = (%{LAYOUT.trainee_group}) NOPASSWD:SETENV: {tools}\n"
    descriptor = os.open(SUDOERS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o440)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(rule)
    try:
        do("visudo", "--check", "--quiet", f"--file={SUDOERS}")
        yield
    finally:
        SUDOERS.unlink()
