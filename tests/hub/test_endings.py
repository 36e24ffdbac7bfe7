"""However a job ends, the reason is there for the page, and its token is refused."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import aiohttp
import httpx
import pytest
from bench.kernel import run_cell
from running_site import Browser, RunningSite, until

from hub_config.onebox.layout import Layout

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(420)]

USER = "trainee02"
WITHIN_S = 60.0
REFUSED = 403


def standing(trainee: Browser) -> dict[str, Any]:
    answer = trainee.api("GET", "/onboard/session")
    assert answer.status_code == 200, answer.text
    model: dict[str, Any] = answer.json()
    return model


def control(*argv: str) -> str:
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout


@contextmanager
def running(site: RunningSite) -> Iterator[tuple[Browser, str, str]]:
    """A trainee with a session that is ready: browser, job, token."""
    with site.sign_in(USER) as trainee:
        trainee.start(size="cpu-small")
        trainee.ready()
        now = standing(trainee)
        assert now["phase"] == "ready"
        assert now["job"]["host"]
        try:
            yield trainee, now["job"]["job_id"], site.session_token(USER)
        finally:
            trainee.end()


def finish(site: RunningSite, job: str) -> None:
    site.session_servers(USER)[0].terminate()


def cancel(site: RunningSite, job: str) -> None:
    control("scancel", job)


def use_too_much_memory(site: RunningSite, job: str) -> None:
    """Run a cell that grows past what the session has; its kernel does not live to answer."""
    token = site.session_token(USER)
    program = (
        "x = bytearray(4 << 30)\nx[::4096] = b'1' * len(x[::4096])\nimport time; time.sleep(60)"
    )

    async def run() -> None:
        headers = {"Authorization": f"token {token}"}
        async with aiohttp.ClientSession(site.address, headers=headers) as http:
            await run_cell(http, f"/user/{USER}/", program)

    with suppress(RuntimeError, aiohttp.ClientError, TimeoutError):
        asyncio.run(run())


def reach_the_time_limit(site: RunningSite, job: str) -> None:
    control("scontrol", "update", f"jobid={job}", "timelimit=1")


def lose_the_node(site: RunningSite, job: str) -> None:
    node = control("squeue", "--noheader", f"--jobs={job}", "--format=%B").strip()
    control("scontrol", "update", f"nodename={node}", "state=down", "reason=test")


ENDS: dict[str, Callable[[RunningSite, str], None]] = {
    "finished": finish,
    "cancelled": cancel,
    "out of memory": use_too_much_memory,
    "time limit": reach_the_time_limit,
    "node failed": lose_the_node,
}


@pytest.fixture
def nodes_mended(cluster_layout: Layout) -> Iterator[None]:
    yield
    for node in cluster_layout.nodes:
        if re.search("DOWN|DRAIN", control("sinfo", "-h", "-n", node.name, "-o", "%T").upper()):
            control("scontrol", "update", f"nodename={node.name}", "state=resume")


@pytest.mark.parametrize("cause", ENDS)
@pytest.mark.usefixtures("nodes_mended")
def test_after_any_end_of_a_job_its_reason_is_told_and_its_token_refused(
    onebox_site: RunningSite, cause: str
) -> None:
    with running(onebox_site) as (trainee, job, token):
        ENDS[cause](onebox_site, job)

        # A time limit is a minute at least, and Slurm looks for it every half minute.
        limit_s = WITHIN_S + (120 if cause == "time limit" else 0)
        until(lambda: standing(trainee)["phase"] == "ended", "the end is told", limit_s)
        end = standing(trainee)["end"]
        assert end["cause"] == cause
        assert end["job_id"] == job
        headers = {"Authorization": f"token {token}"}
        url = f"{onebox_site.address}/hub/api/user"
        assert httpx.get(url, headers=headers, timeout=20).status_code == REFUSED
        assert not trainee.server()
        if cause == "out of memory":
            assert end["log"]


def test_a_session_that_its_trainee_stopped_says_so_also_after_a_restart(
    onebox_site: RunningSite,
) -> None:
    with running(onebox_site) as (trainee, _, _):
        trainee.end()
        assert standing(trainee)["end"]["cause"] == "stopped"

        hub = onebox_site.hub_process()
        hub.kill()
        hub.wait(20)
        until(lambda: _answers(onebox_site), "the hub is back", WITHIN_S)

        assert standing(trainee)["end"]["cause"] == "stopped"


def test_nobody_reads_where_anothers_session_stands(onebox_site: RunningSite) -> None:
    with running(onebox_site) as (_trainee, job, _), onebox_site.sign_in("trainee03") as other:
        assert standing(other)["phase"] in ("none", "ended", "failed")
        assert (standing(other)["job"] or {}).get("job_id") != job
        asked = other.api("GET", f"/onboard/session?user={USER}").json()
        assert {**asked, "age_s": 0} == {**standing(other), "age_s": 0}


def _answers(site: RunningSite) -> bool:
    try:
        return httpx.get(f"{site.address}/hub/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
