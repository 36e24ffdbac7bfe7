"""The job's callback, at a real hub: a port from a session's own token, and nothing else."""

from __future__ import annotations

import httpx
import pytest
from running_site import RunningSite

pytestmark = [pytest.mark.slow]

ATTRIBUTES = [
    "exec_prefix",
    "batch_query_cmd",
    "cmd",
    "job_id",
    "ip",
    "environment",
    "user_options",
]


def test_a_job_sets_its_port_and_nothing_else(local_site: RunningSite) -> None:
    with local_site.sign_in("trainee") as trainee:
        assert trainee.start(size="cpu-small").status_code in (201, 202)
        before = trainee.ready()
        url = f"http://127.0.0.1:{local_site.port + 1}/hub/api/onboard/port"
        token = local_site.session_token("trainee")

        def post(**body: object) -> int:
            headers = {"Authorization": f"token {token}"}
            return httpx.post(url, json=body, headers=headers, timeout=20).status_code

        for name in ATTRIBUTES:
            assert post(**{name: "touch /tmp/owned"}) == 400
            assert post(port=8888, **{name: "touch /tmp/owned"}) == 400
        for port in (22, 65536, "8888", True, None):
            assert post(port=port) == 400
        # A second, valid report does not move a session that is known already.
        assert post(port=9999) == 204
        assert httpx.post(url, json={"port": 8888}, timeout=20).status_code == 403

        old = f"http://127.0.0.1:{local_site.port + 1}/hub/api/batchspawner"
        headers = {"Authorization": f"token {token}"}
        assert httpx.post(old, json={"port": 1}, headers=headers, timeout=20).status_code == 404

        now = trainee.server()
        assert {**now, "last_activity": ""} == {**before, "last_activity": ""}
        assert trainee.http.get("/user/trainee/api").status_code == 200
        trainee.end()
