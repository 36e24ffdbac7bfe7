"""On the real scheduler: a session knows the GPU that it was given, and tells nobody else."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx
import pytest
from running_cluster import as_user
from running_site import RunningSite, until

from spawners.session_file import read, status_path

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(420)]

USER = "trainee02"


def test_a_session_knows_its_gpu_and_its_end(onebox_site: RunningSite) -> None:
    with onebox_site.sign_in(USER) as trainee:
        # given a session with a GPU
        trainee.start(size="gpu-1")
        trainee.ready()
        try:
            server = until(lambda: onebox_site.session_servers(USER), "the server is there")[0]
            env = server.environ()
            path = Path(env["ONBOARD_SESSION_FILE"])

            # then its file names the job, the GPU that the scheduler gave, and when it ends
            session = read(path)
            assert session is not None
            assert session.job_id == env["SLURM_JOB_ID"]
            assert session.granted_gpus == tuple(env["CUDA_VISIBLE_DEVICES"].split(","))
            assert len(session.granted_gpus) == session.grant.gpus == 1
            assert 0 <= session.deadline - session.started_at - 7200 < 60
            assert (path.owner(), stat.S_IMODE(path.stat().st_mode)) == (USER, 0o600)
            assert "Permission denied" in as_user("trainee01", "cat", str(path)).stderr

            # and how busy that GPU is, which has no driver, is not known: never idle
            url = f"{onebox_site.address}/user/{USER}/onboard/session"
            me = {"Authorization": f"token {onebox_site.session_token(USER)}"}
            until(status_path(path).exists, "it is watched", 60)
            status = httpx.get(url, headers=me, timeout=20).json()
            assert (status["gpus_granted"], status["gpus"], status["warning"]) == (1, [], None)
        finally:
            trainee.end()
