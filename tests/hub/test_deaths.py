"""The hub is killed at each await of a start: no orphan, no second job, no token left."""

from __future__ import annotations

import ast
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from running_site import ROOT, RunningSite, until

from hub_config.secret_store import load_or_make

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(300)]

USER = "trainee01"
WITHIN_S = 60.0
# What a start runs through, outside the watcher's own task.
FUNCTIONS = {
    "spawner.py": {"start", "_submit"},
    "waiting_spawner.py": {"_until_listening", "_until_running", "_until"},
    "slurm.py": {"submit", "_run"},
    "command.py": {"run", "_run"},
}


def awaits() -> list[str]:
    """Return every await of a start that nothing went wrong with: FILE:FIRST-LAST."""
    found = []
    for path in sorted((ROOT / "spawners").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            named = getattr(function, "name", "") in FUNCTIONS.get(path.name, ())
            if isinstance(function, ast.AsyncFunctionDef) and named:
                handled = {
                    id(one)
                    for handler in ast.walk(function)
                    if isinstance(handler, ast.ExceptHandler | ast.Raise)
                    for one in ast.walk(handler)
                }
                found += [
                    f"{path.name}:{one.lineno}-{one.end_lineno}"
                    for one in ast.walk(function)
                    if isinstance(one, ast.Await) and id(one) not in handled
                ] + [
                    f"{path.name}:{one.lineno}-{one.lineno}"
                    for one in ast.walk(function)
                    if isinstance(one, ast.AsyncFor)
                ]
    return sorted(found)


@pytest.fixture(scope="module")
def mortal_site(request: pytest.FixtureRequest) -> Iterator[RunningSite]:
    """The site `onebox` with a hub that dies where it is told."""
    request.getfixturevalue("cluster_layout")
    with tempfile.TemporaryDirectory(prefix="onboard-site-", dir="/var/lib") as folder:
        Path(folder).chmod(0o755)
        site = RunningSite("onebox", Path(folder) / "data", launcher=ROOT / "tests/hub/dying")
        try:
            site.start()
            yield site
        finally:
            site.stop()


def hub_id(site: RunningSite) -> str:
    return f"onboard-{load_or_make(site.data_dir / 'hub').hub_id}-"


def live_jobs(site: RunningSite) -> list[str]:
    query = ["squeue", "--noheader", "--states=pending,running,completing", "--format=%i|%k"]
    shown = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    return [line for line in shown.splitlines() if hub_id(site) in line]


def session_tokens(site: RunningSite) -> int:
    path = f"file:{site.data_dir}/hub/hub.sqlite?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as rows:
        query = "select count(*) from api_tokens where note like 'Server at %'"
        return int(rows.execute(query).fetchone()[0])


def is_up(site: RunningSite) -> bool:
    try:
        return httpx.get(f"{site.address}/hub/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_the_list_of_awaits_is_that_of_the_code() -> None:
    assert len(awaits()) >= 8


@pytest.mark.parametrize("place", ["enter", "leave", *awaits()])
def test_a_hub_killed_there_leaves_a_session_or_nothing(
    mortal_site: RunningSite, place: str
) -> None:
    with mortal_site.sign_in(USER) as trainee:
        hub = mortal_site.hub_process()
        told = mortal_site.data_dir / "hub" / "die-at"
        told.write_text(place)
        told.chmod(0o666)

        # The hub may die before it answers.
        with suppress(httpx.HTTPError):
            trainee.start(size="cpu-small")
        hub.wait(30)
        until(lambda: is_up(mortal_site), "the hub is back", WITHIN_S)

        def in_step() -> bool:
            server = trainee.server()
            settled = not server or bool(server.get("ready"))
            held = 1 if server else 0
            jobs = live_jobs(mortal_site)
            assert len(jobs) <= 1
            return settled and len(jobs) == held and session_tokens(mortal_site) == held

        until(in_step, "job, session and token are in step", WITHIN_S)

        if trainee.server():
            assert trainee.http.get(f"/user/{USER}/api").status_code == 200
            trainee.end()
        assert not live_jobs(mortal_site)
        assert session_tokens(mortal_site) == 0
