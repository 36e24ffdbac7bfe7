"""Our two addresses at the hub, where a session stands and what may start: for their user alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from attacker import TOKEN, ask, make_token
from running_site import Browser, RunningSite

from courses.service.classroom.sessions import SessionsByName, SessionsNow, Where
from courses.service.hub import HubClient
from hub_config.secret_store import load_or_make

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ROUTES = ("/onboard/session", "/onboard/offers")
COURSE_PAGES = ("read:users!user", "read:servers!user", "servers!user", "access:servers!user")


@pytest.fixture(scope="module")
def running(attacked_site: RunningSite) -> Iterator[Browser]:
    """A trainee whose session runs."""
    with attacked_site.sign_in("trainee") as trainee:
        trainee.start(size="cpu-small")
        try:
            trainee.ready()
            yield trainee
        finally:
            trainee.end()


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_token_that_may_know_there_is_no_answer(
    attacked_site: RunningSite, running: Browser, route: str
) -> None:
    tokens = {
        "none": "",
        "invented": "0" * 32,
        "of a service": TOKEN,
        "of the session itself": attacked_site.session_token("trainee"),
        "of few scopes": make_token(attacked_site, "trainee", "read:users:name!user"),
        "for a page": make_token(attacked_site, "trainee", "access:services!service=courses"),
    }

    answers = {name: ask(attacked_site, "GET", route, one) for name, one in tokens.items()}

    assert {name: one.status_code for name, one in answers.items()} == dict.fromkeys(tokens, 403)
    assert not [one for one in answers.values() if "phase" in one.text or "sizes" in one.text]


@pytest.mark.parametrize("route", ROUTES)
def test_what_the_course_pages_hold_is_enough(
    attacked_site: RunningSite, running: Browser, route: str
) -> None:
    token = make_token(attacked_site, "trainee", *COURSE_PAGES)

    answer = ask(attacked_site, "GET", route, token)

    assert answer.status_code == 200
    assert answer.json()


def test_nobody_is_told_of_anothers_session(attacked_site: RunningSite, running: Browser) -> None:
    own = running.api("GET", "/onboard/session").json()
    assert own["phase"] == "ready"
    token = make_token(attacked_site, "trainee2", *COURSE_PAGES)

    for query in ({}, {"user": "trainee"}, {"name": "trainee"}, {"for_user": "trainee"}):
        answer = ask(attacked_site, "GET", "/onboard/session", token, params=query)

        # Their own: none, or how the last one ended.
        assert answer.json()["phase"] in ("none", "ended")
        assert own["job"]["job_id"] not in answer.text


def test_the_course_pages_own_token_says_who_has_a_session_and_gets_into_none(
    attacked_site: RunningSite, running: Browser
) -> None:
    token = load_or_make(attacked_site.data_dir / "hub").service_token

    async def look() -> SessionsByName | None:
        hub = HubClient(f"{attacked_site.address}/hub/api")
        try:
            return await SessionsNow(hub, token).look()
        finally:
            hub.close()

    sessions = asyncio.run(look())

    assert sessions is not None
    assert {name: one.where for name, one in sessions.items()} == {"trainee": Where.IN_SESSION}
    assert sessions["trainee"].since
    for method, path in (
        ("PATCH", "/users/trainee"),
        ("DELETE", "/users/trainee"),
        ("POST", "/users/trainee/tokens"),
        ("GET", "/users/trainee/tokens"),
        ("GET", "/onboard/session"),
    ):
        answer = ask(attacked_site, method, path, token)
        assert answer.status_code in (403, 404), (method, path)
    assert running.server()["ready"]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_there_is_nothing_to_change(
    attacked_site: RunningSite, running: Browser, method: str, route: str
) -> None:
    before = running.api("GET", "/onboard/session").json()

    answer = running.api(method, route, json={"phase": "ended"})

    assert answer.status_code == 405
    assert {**running.api("GET", "/onboard/session").json(), "age_s": 0} == {**before, "age_s": 0}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/onboard/session"),
        ("POST", "/onboard/port"),
        ("DELETE", "/users/trainee/server"),
        ("POST", "/users/trainee/tokens"),
    ],
)
def test_a_cookie_without_its_xsrf_token_changes_nothing(
    attacked_site: RunningSite, running: Browser, method: str, path: str
) -> None:
    # What a page of somebody else's has the trainee's browser send.
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    kinds = ("text/plain", "application/x-www-form-urlencoded", "application/json")
    for kind in kinds:
        for query in ({}, {"_xsrf": "0"}):
            answer = running.http.request(
                method,
                f"/hub/api{path}",
                content=b'{"port": 8888}',
                params=query,
                headers={**headers, "Content-Type": kind},
            )

            assert answer.status_code in (401, 403, 405), answer.text
    assert running.server()["ready"]


@pytest.mark.parametrize("route", ROUTES)
def test_another_sites_script_reads_nothing(
    attacked_site: RunningSite, running: Browser, route: str
) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
    }

    answer = running.http.get(f"/hub/api{route}", headers=headers)

    assert answer.status_code == 403 or not _readable(answer)


def _readable(answer: httpx.Response) -> bool:
    """Whether a browser would show the answer to the script that asked."""
    return "Access-Control-Allow-Origin" in answer.headers
