"""A running session tells how things stand to who may know it, and leaves nothing behind."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import httpx
import pytest
from running_site import RunningSite, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_session_tells_its_own_user_how_things_stand(local_site: RunningSite) -> None:
    user = "trainee"
    with local_site.sign_in(user) as browser:
        # given a session
        browser.start()
        browser.ready()
        server = local_site.session_servers(user)[0]
        path = Path(server.environ()["ONBOARD_SESSION_FILE"])
        url = f"{local_site.address}/user/{user}/onboard/session"
        me = {"Authorization": f"token {local_site.session_token(user)}"}

        # when its user asks, then it says what it is and how long it lasts
        status = until(lambda: ok(httpx.get(url, headers=me, timeout=20)), "it is watched", 30)
        given = json.loads(path.read_text(encoding="utf-8"))
        assert status["size"] == given["grant"]["title"] == "CPU, small"
        assert status["deadline"] == given["started_at"] + 14400
        assert 14000 < status["time_left_s"] <= 14400
        assert (status["gpus_granted"], status["gpus"], status["warning"]) == (0, [], None)
        assert httpx.post(url, headers=me, timeout=20).status_code == 200

        # and nobody else is told, nor can say that somebody is there
        assert httpx.get(url, timeout=20).status_code in (302, 403)
        assert httpx.post(url, timeout=20).status_code == 403
        other = {"Authorization": "token 00112233445566778899"}
        assert httpx.get(url, headers=other, timeout=20).status_code in (302, 403)

        # and its files are its user's alone, and gone after it
        facts = [path, path.with_suffix(".status.json")]
        until(facts[1].exists, "the status is written", 60)
        assert [stat.S_IMODE(one.stat().st_mode) for one in facts] == [0o600, 0o600]
        browser.end()
        until(lambda: not any(one.exists() for one in facts), "the files are gone", 20)


def ok(answer: httpx.Response) -> dict[str, object]:
    found: dict[str, object] = answer.json() if answer.status_code == 200 else {}
    return found
