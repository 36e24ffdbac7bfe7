"""The job's callback, at a real hub: a port from a session's own token, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from attacker import TOKEN, make_token
from running_site import Browser, RunningSite

from spawners.spawner import SessionSpawner

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PAYLOAD = "touch /tmp/owned"


def attributes() -> list[str]:
    """Return every name that a spawner has, of its class, its traits, and itself."""
    names = {*dir(SessionSpawner), *SessionSpawner.class_trait_names(), *dir(SessionSpawner())}
    return sorted(names)


def callback(site: RunningSite, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"token {token}"} if token else {}
    url = f"http://127.0.0.1:{site.port + 1}/hub/api"
    return httpx.Client(base_url=url, headers=headers, timeout=20)


def known(trainee: Browser) -> dict[str, Any]:
    """Return all that the hub tells of the session, but what moves by itself."""
    standing = trainee.api("GET", "/onboard/session").json()
    return {**trainee.server(), **standing, "last_activity": "", "age_s": 0}


def test_a_job_sets_its_port_and_nothing_else(local_site: RunningSite) -> None:
    assert {"exec_prefix", "batch_query_cmd", "cmd", "port", "session", "_port_known"} <= set(
        attributes()
    )
    with local_site.sign_in("trainee") as trainee:
        # given a session that runs
        assert trainee.start(size="cpu-small").status_code in (201, 202)
        trainee.ready()
        before = known(trainee)

        # when its own token sends every name that a spawner has, alone and beside a port
        with callback(local_site, local_site.session_token("trainee")) as job:
            answers = {
                (name, *beside): job.post(
                    "/onboard/port", json={**beside, name: PAYLOAD}
                ).status_code
                for name in attributes()
                for beside in ({}, {"port": 8888})
            }
            # A second, valid report does not move a session that is known already.
            assert job.post("/onboard/port", json={"port": 9999}).status_code == 204
            assert job.post("/batchspawner", json={"port": 1}).status_code == 404

        # then each is refused, and the session is what it was
        assert len(answers) > 500
        assert {pair: code for pair, code in answers.items() if code != 400} == {}
        assert known(trainee) == before
        assert trainee.http.get("/user/trainee/api").status_code == 200
        trainee.end()


BODIES = {
    "a port of the system": b'{"port": 22}',
    "no port": b'{"port": 65536}',
    "text": b'{"port": "8888"}',
    "true": b'{"port": true}',
    "null": b'{"port": null}',
    "a fraction": b'{"port": 8888.0}',
    "infinity": b'{"port": Infinity}',
    "many digits": b'{"port": ' + b"8" * 100_000 + b"}",
    "a list": b"[8888]",
    "nothing": b"",
    "no JSON": b"port=8888",
    "no text": b"\xff\xfe\x00",
    "deep lists": b"[" * 200_000,
    "deep tables": b'{"port":' * 200_000,
    "a long way to a port": b'{"port": 8888' + b" " * 5_000_000 + b"}",
    "a long name": json.dumps({"port" * 1_000_000: 8888}).encode(),
}


def test_what_is_no_port_is_refused(local_site: RunningSite) -> None:
    with local_site.sign_in("trainee") as trainee:
        trainee.start(size="cpu-small")
        trainee.ready()
        before = known(trainee)

        with callback(local_site, local_site.session_token("trainee")) as job:
            answers = {
                name: job.post("/onboard/port", content=body).status_code
                for name, body in BODIES.items()
            }
            methods = {
                method: job.request(method, "/onboard/port").status_code
                for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
            }

        assert answers == dict.fromkeys(BODIES, 400)
        assert set(methods.values()) == {405}
        assert known(trainee) == before
        trainee.end()


@contextmanager
def two_trainees(site: RunningSite) -> Iterator[tuple[Browser, Browser]]:
    """Two that are signed in, and whose sessions are ended afterwards."""
    with site.sign_in("trainee") as one, site.sign_in("trainee2") as other:
        try:
            yield one, other
        finally:
            one.end()
            other.end()


def test_only_the_token_of_a_session_that_runs_counts(attacked_site: RunningSite) -> None:
    with two_trainees(attacked_site) as (trainee, stranger):
        # given two sessions, one of them over
        for browser in (trainee, stranger):
            browser.start(size="cpu-small")
        trainee.ready()
        stranger.ready()
        strangers = attacked_site.session_token("trainee2")
        stopped = attacked_site.session_token("trainee")
        trainee.end()
        trainee.start(size="cpu-small")
        trainee.ready()
        before = known(trainee)

        # when anybody but the session itself reports a port
        tokens = {
            "none": "",
            "invented": "0" * 32,
            "of an earlier session": stopped,
            "of a service": TOKEN,
            "of the user, for all": make_token(attacked_site, "trainee", "inherit"),
            "of the user, for the session": make_token(
                attacked_site, "trainee", "access:servers!user", "servers!user"
            ),
        }
        answers = {}
        for name, token in tokens.items():
            with callback(attacked_site, token) as someone:
                answers[name] = someone.post("/onboard/port", json={"port": 8888}).status_code
        kept = "; ".join(f"{one.name}={one.value}" for one in trainee.http.cookies.jar)
        with callback(attacked_site) as someone:
            by_cookie = someone.post("/onboard/port", json={"port": 8888}, headers={"Cookie": kept})
        # Another's session may say so of itself, and moves nobody else's.
        with callback(attacked_site, strangers) as someone:
            assert someone.post("/onboard/port", json={"port": 8888}).status_code == 204

        # then it is refused
        assert answers == dict.fromkeys(tokens, 403)
        assert by_cookie.status_code == 403
        assert known(trainee) == before
        assert trainee.http.get("/user/trainee/api").status_code == 200
