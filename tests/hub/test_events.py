"""What a session learned reaches the course pages: by the address and token that it is given."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from running_site import Browser, RunningSite, until

from hub_config.site import text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def tls_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The site `local`, as careful as one with Slurm."""
    folder = tmp_path_factory.mktemp("tls")
    file = folder / "careful.toml"
    file.write_text(text("local").replace("[hub]", "[hub]\ninternal_tls = true"), encoding="utf-8")
    site = RunningSite(str(file), folder / "data")
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture(params=["local_site", "tls_site"])
def session(request: pytest.FixtureRequest) -> Iterator[tuple[Browser, psutil.Process]]:
    """A trainee whose session runs, and the session's process."""
    site: RunningSite = request.getfixturevalue(request.param)
    with site.sign_in("trainee") as trainee:
        trainee.start(size="cpu-small")
        try:
            trainee.ready()
            found = until(lambda: site.session_servers("trainee"), "the session is there", 20)
            yield trainee, found[0]
        finally:
            trainee.end()


def learned() -> dict[str, Any]:
    return {
        "v": 1,
        "id": uuid.uuid4().hex,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "seq": 1,
        "course": "welcome",
        "release": "1.0.0",
        "lesson": "first",
        "kind": "exercise-attempted",
        "exercise": "mean",
        "state": "right",
        "detail": {},
    }


def certificate(environ: dict[str, str], folder: Path) -> ssl.SSLContext | bool:
    """Return how the session's own programs speak to the hub's host."""
    if "JUPYTERHUB_SSL_IDENTITY" not in environ:
        return True
    identity, trust = folder / "identity.pem", folder / "trust.pem"
    identity.write_text(environ["JUPYTERHUB_SSL_IDENTITY"])
    trust.write_text(environ["JUPYTERHUB_SSL_TRUST"])
    context = ssl.create_default_context(cafile=str(trust))
    context.load_cert_chain(identity)
    return context


def test_a_session_brings_events_once(
    session: tuple[Browser, psutil.Process], tmp_path: Path
) -> None:
    # given what the session was given
    trainee, server = session
    environ = server.environ()
    url, token = environ["ONBOARD_EVENTS_URL"], environ["JUPYTERHUB_API_TOKEN"]
    verify = certificate(environ, tmp_path)
    one = learned()

    # when it brings an event, and again, and one with the token of the course pages' own kind
    with httpx.Client(verify=verify, headers={"Authorization": f"token {token}"}) as client:
        answers = [client.post(url, json=[one]).json() for _ in range(2)]
        stranger = client.post(url, json=[one], headers={"Authorization": "token made-up"})

    # then it counts once, for the trainee, and a stranger's for nobody
    assert answers == [
        {"accepted": 1, "known": 0, "refused": []},
        {"accepted": 0, "known": 1, "refused": []},
    ]
    assert stranger.status_code == 401
    assert trainee.http.get("/services/courses/").status_code == 200


def test_the_sessions_token_opens_no_page(session: tuple[Browser, psutil.Process]) -> None:
    # given
    trainee, server = session
    token = {"Authorization": f"token {server.environ()['JUPYTERHUB_API_TOKEN']}"}

    # when
    with httpx.Client(base_url=trainee.http.base_url, headers=token) as client:
        page = client.get("/services/courses/")

    # then it leads to the sign-in, as for anybody
    assert page.status_code in (302, 403)


def test_without_a_certificate_nobody_is_heard(tls_site: RunningSite) -> None:
    # given
    url = f"https://127.0.0.1:{tls_site.port + 4}/services/courses/api/events"
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE

    # then
    with httpx.Client(verify=unchecked) as stranger, pytest.raises(httpx.TransportError):
        stranger.post(url, json=[])
