"""From the click on Start to the first executed cell, against a bare `jupyter lab`.

Run as root on an idle machine: python tests/bench/click.py --write docs/performance.md
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import pwd
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

# In the place of this folder: its name for this file is also that of a library.
sys.path[0] = str(Path(__file__).resolve().parents[1])

import aiohttp
from bench import running
from bench.kernel import run_cell
from bench.report import Table, Target, conclude, percentile, spread
from rich.console import Console
from running_site import Browser, RunningSite, five_free_ports

LIMIT_S = 120.0
LOOK_EVERY_S = 0.02
MOST = 1.2
USERS = {"local": "trainee", "onebox": "trainee01"}
Pair = tuple[float, float]


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and keep if told. Returns 0 when every target is reached."""
    parser = argparse.ArgumentParser(prog="click.py", description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--sites", nargs="+", choices=list(USERS), default=list(USERS))
    parser.add_argument("--smoke", action="store_true", help="one pair of each: does it run")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="keep the figures on this page")
    chosen = parser.parse_args(arguments)
    pairs = 1 if chosen.smoke else chosen.pairs
    console = Console()
    measured = {name: _site(name, pairs, console) for name in chosen.sites}
    return conclude("click", [_table(measured)], _targets(measured), console=console,
                    page=chosen.write)  # fmt: skip


def _site(name: str, pairs: int, console: Console) -> list[Pair]:
    """Measure the session and the bare server in turn, each pair in the other order."""
    with contextlib.ExitStack() as stack:
        if name == "onebox":
            stack.enter_context(running.cluster())
        base = stack.enter_context(running.folder())
        (base / "no-courses").mkdir()
        site = RunningSite(name, base / "data", courses=base / "no-courses")
        stack.callback(lambda: site.stop() if hasattr(site, "process") else None)
        site.start()
        browser = stack.enter_context(site.sign_in(USERS[name]))
        asyncio.run(_session(site, browser))  # once for the disk's cache
        found = []
        for turn in range(pairs):
            found.append(asyncio.run(_pair(site, browser, session_first=turn % 2 == 0)))
            console.print(f"{name}: session {found[-1][0]:.2f} s, bare {found[-1][1]:.2f} s")
        return found


async def _pair(site: RunningSite, browser: Browser, *, session_first: bool) -> Pair:
    owner = browser.user if site.name == "onebox" else None
    if session_first:
        session = await _session(site, browser)
        return session, await _bare(owner)
    bare = await _bare(owner)
    return await _session(site, browser), bare


async def _session(site: RunningSite, browser: Browser) -> float:
    """Return the seconds from the POST until the session has executed a cell; then end it."""
    answer = browser.api("POST", f"/users/{browser.user}/tokens", json={"expires_in": 600})
    answer.raise_for_status()
    async with _client(site.address, answer.json()["token"]) as http:
        begin = time.monotonic()
        async with http.post(f"/hub/api/users/{browser.user}/server", json={}) as started:
            started.raise_for_status()
        await _until_ready(http, browser.user)
        await run_cell(http, f"/user/{browser.user}/")
        seconds = time.monotonic() - begin
    await asyncio.to_thread(browser.end)
    return seconds


async def _until_ready(http: aiohttp.ClientSession, user: str) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            async with http.get(f"/hub/api/users/{user}") as answer:
                servers = (await answer.json())["servers"]
            if servers.get("", {}).get("ready"):
                return
            await asyncio.sleep(LOOK_EVERY_S)


async def _bare(owner: str | None) -> float:
    """Return the seconds from `jupyter lab` by hand until it has executed a cell."""
    token, port = secrets.token_hex(16), five_free_ports()
    begin = time.monotonic()
    with _lab(owner, port, token):
        async with _client(f"http://127.0.0.1:{port}", token) as http:
            await _until_answering(http)
            await run_cell(http, "/")
        return time.monotonic() - begin


@contextlib.contextmanager
def _lab(owner: str | None, port: int, token: str) -> Iterator[None]:
    """A bare server in the sessions' own environment, as the user that a session runs as."""
    entry = pwd.getpwnam(owner) if owner else None
    home = entry.pw_dir if entry else str(Path.home())
    with tempfile.TemporaryDirectory(prefix="onboard-bench-lab-") as folder:
        if entry:
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        argv = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
        argv += [f"--port={port}", f"--ServerApp.root_dir={folder}", "--ServerApp.default_url=/lab"]
        path = os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
        process = subprocess.Popen(
            [*argv, *([] if entry else ["--allow-root"])],
            env={"PATH": path, "HOME": home, "JUPYTER_TOKEN": token},
            user=entry.pw_uid if entry else None,
            group=entry.pw_gid if entry else None,
            extra_groups=[] if entry else None,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


async def _until_answering(http: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get("/api/status") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(LOOK_EVERY_S)


@contextlib.asynccontextmanager
async def _client(address: str, token: str) -> AsyncIterator[aiohttp.ClientSession]:
    limit = aiohttp.ClientTimeout(total=LIMIT_S)
    headers = {"Authorization": f"token {token}"}
    async with aiohttp.ClientSession(address, headers=headers, timeout=limit) as http:
        yield http


def _ratio(pairs: Sequence[Pair]) -> float:
    sessions, bares = zip(*pairs, strict=True)
    return percentile(sessions, 0.5) / percentile(bares, 0.5)


def _table(measured: dict[str, list[Pair]]) -> Table:
    rows = []
    for name, pairs in measured.items():
        sessions, bares = zip(*pairs, strict=True)
        rows.append((name, str(len(pairs)), spread(sessions), spread(bares),
                     f"{_ratio(pairs):.2f}"))  # fmt: skip
    heads = ("site", "pairs", "session, s", "bare jupyter lab, s", "ratio")
    return Table("Click to the first executed cell", heads, rows)


def _targets(measured: dict[str, list[Pair]]) -> list[Target]:
    return [
        Target(f"{name}, session over bare server", _ratio(pairs), MOST, "x")
        for name, pairs in measured.items()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
