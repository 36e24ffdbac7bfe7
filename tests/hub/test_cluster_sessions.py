"""Sessions on the real scheduler: privacy, and a hub that is killed."""

from __future__ import annotations

import re
import subprocess

import psutil
import pytest
from running_cluster import as_user
from running_site import RunningSite, until

from hub_config.onebox.layout import Layout

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(420)]

JOB = re.compile(r"(?P<id>\d+)\|(?P<user>\w+)\|(?P<state>\w+)")


def queue(name: str = "onboard-session") -> dict[str, tuple[str, str]]:
    """Return the cluster's live jobs of that name: id -> (user, state)."""
    states = "pending,running,completing"
    query = ["squeue", "--noheader", f"--name={name}", f"--states={states}", "--format=%i|%u|%T"]
    shown = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    return {m["id"]: (m["user"], m["state"]) for m in JOB.finditer(shown)}


def job_of(user: str) -> str:
    return next(job for job, (owner, _) in queue().items() if owner == user)


def test_a_session_is_private(onebox_site: RunningSite) -> None:
    with onebox_site.sign_in("trainee01") as trainee:
        trainee.start(size="cpu-small")
        trainee.ready()
        job = job_of("trainee01")
        token = onebox_site.session_token("trainee01")

        seen = "".join(
            shown.stdout + shown.stderr
            for shown in (
                as_user("trainee02", "scontrol", "show", "job", "-dd", job),
                as_user("trainee02", "scontrol", "write", "batch_script", job, "-"),
                as_user("trainee02", "ps", "axeww"),
                as_user("trainee02", "find", "/home/trainee01"),
                as_user("trainee02", "grep", "-rs", "token", "/home/trainee01"),
                as_user("trainee02", "grep", "-rs", token, str(onebox_site.data_dir)),
            )
        )
        assert token not in seen
        for path in ("courses", ".onboard", ".onboard/log", f".onboard/log/session-{job}.log"):
            refused = as_user("trainee02", "ls", f"/home/trainee01/{path}")
            assert refused.returncode != 0
            assert "Permission denied" in refused.stderr
        own = as_user("trainee01", "scontrol", "write", "batch_script", job, "-").stdout
        assert "session_server" in own
        assert token not in own
        logs = [*onebox_site.data_dir.rglob("*.log"), onebox_site.output]
        assert logs
        assert not [log for log in logs if token.encode() in log.read_bytes()]
        trainee.end()


def test_a_killed_hub_takes_up_a_running_and_a_pending_session(onebox_site: RunningSite) -> None:
    blocker = _fill("cpu")
    try:
        with (
            onebox_site.sign_in("trainee01") as running,
            onebox_site.sign_in("trainee02") as waiting,
        ):
            running.start(size="gpu-1")
            running.ready()
            assert waiting.start(size="cpu-small").status_code == 202
            until(lambda: ("trainee02", "PENDING") in queue().values(), "the second one waits")
            jobs = queue()

            hub = onebox_site.hub_process()
            hub.kill()
            psutil.wait_procs([hub], timeout=20)
            # The lesson goes on without the hub: the proxy is a process of its own.
            assert onebox_site.session_servers("trainee01")
            until(lambda: _is_back(onebox_site), "the hub is back", 60)

            until(lambda: running.server().get("ready"), "the running one is the hub's again", 60)
            assert waiting.server().get("pending") == "check"
            assert queue() == jobs

            subprocess.run(["scancel", blocker], timeout=20, check=True)
            waiting.ready()
            assert set(queue()) == set(jobs)
            until(
                lambda: waiting.http.get("/user/trainee02/api").status_code == 200,
                "the second one answers through the proxy",
                60,
            )
            running.end()
            waiting.end()
    finally:
        subprocess.run(["scancel", blocker], timeout=20, check=False)
    until(lambda: not queue(), "no job is left behind", 30)


def test_a_session_that_waits_can_be_cancelled(onebox_site: RunningSite) -> None:
    blocker = _fill("cpu")
    try:
        with onebox_site.sign_in("trainee03") as trainee:
            assert trainee.start(size="cpu-small").status_code == 202
            until(lambda: ("trainee03", "PENDING") in queue().values(), "it waits")

            trainee.api("DELETE", "/users/trainee03/server")

            until(lambda: not queue(), "the job is gone", 20)
            until(lambda: not trainee.server(), "the hub knows of none", 20)
    finally:
        subprocess.run(["scancel", blocker], timeout=20, check=False)


def test_a_job_that_the_operator_ends_is_over_and_its_token_refused(
    onebox_site: RunningSite,
) -> None:
    import httpx

    with onebox_site.sign_in("trainee04") as trainee:
        trainee.start(size="cpu-small")
        trainee.ready()
        headers = {"Authorization": f"token {onebox_site.session_token('trainee04')}"}
        url = f"{onebox_site.address}/hub/api/user"
        assert httpx.get(url, headers=headers, timeout=20).status_code == 200

        subprocess.run(["scancel", job_of("trainee04")], timeout=20, check=True)

        refused = 403
        until(
            lambda: httpx.get(url, headers=headers, timeout=20).status_code == refused,
            "the token is refused",
            60,
        )
        until(lambda: not trainee.server(), "the hub knows that it is over", 60)


def _fill(partition: str) -> str:
    """Take every node of a partition; return the job."""
    nodes = next(len(one.nodes) for one in Layout().queues if one.name == partition)
    argv = ["sbatch", "--parsable", f"--partition={partition}", "--exclusive", f"--nodes={nodes}"]
    done = subprocess.run(
        [*argv, "--mem=100M", "--time=10", "--output=/dev/null", "--chdir=/", "--wrap=sleep 600"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    job = done.stdout.strip()
    until(lambda: queue("wrap").get(job, ("", ""))[1] == "RUNNING", "the partition is full", 60)
    return job


def _is_back(site: RunningSite) -> bool:
    import httpx

    try:
        return httpx.get(f"{site.address}/hub/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
