"""Hostile options, whatever the way in: refused with a sentence, and nothing is submitted."""

from __future__ import annotations

import json
import re

import pytest
from running_site import Browser, RunningSite

pytestmark = [pytest.mark.slow]

HOSTILE = [
    {"size": "cpu-small\n#SBATCH --nodes=99"},
    {"size": "$(touch /tmp/owned)"},
    {"environment": "default; id"},
    {"cmd": "sh"},
    {"batch_query_cmd": "id"},
]
SENTENCE = re.compile(r"(There is no option|cannot be) .*\.")


@pytest.fixture
def trainee(local_site: RunningSite) -> Browser:
    return local_site.sign_in("trainee")


def jobs(site: RunningSite) -> set[str]:
    folder = site.data_dir / "jobs"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


@pytest.mark.parametrize("options", HOSTILE, ids=json.dumps)
def test_by_rest(local_site: RunningSite, trainee: Browser, options: dict[str, str]) -> None:
    before = jobs(local_site)

    with trainee:
        answer = trainee.start(**options)

        assert answer.status_code == 400
        assert SENTENCE.search(answer.json()["message"])
        assert not trainee.server()
    assert jobs(local_site) == before


@pytest.mark.parametrize("options", HOSTILE, ids=json.dumps)
def test_by_form(local_site: RunningSite, trainee: Browser, options: dict[str, str]) -> None:
    before = jobs(local_site)

    with trainee:
        answer = trainee.http.post("/hub/spawn", data={**options, "_xsrf": trainee.xsrf})

        assert answer.status_code < 500
        assert SENTENCE.search(answer.text)
        assert not trainee.server()
    assert jobs(local_site) == before


@pytest.mark.parametrize("options", HOSTILE, ids=json.dumps)
def test_by_query_string(
    local_site: RunningSite, trainee: Browser, options: dict[str, str]
) -> None:
    before = jobs(local_site)

    with trainee:
        query = {f"opt-{name}": value for name, value in options.items()}
        answer = trainee.http.get("/hub/spawn", params=query)

        assert answer.status_code < 500
        assert SENTENCE.search(answer.text)
        assert not trainee.server()
    assert jobs(local_site) == before


def test_options_stored_by_patch_are_checked_at_the_next_start(
    local_site: RunningSite, trainee: Browser
) -> None:
    before = jobs(local_site)

    with trainee:
        trainee.start(size="huge")  # makes the server's row, and starts nothing
        stored = trainee.api("PATCH", "/users/trainee/server", json={"user_options": {"cmd": "sh"}})
        assert stored.status_code < 500
        answer = trainee.api("POST", "/users/trainee/server")

        assert answer.status_code == 400
    assert jobs(local_site) == before


def test_a_wrong_password_opens_nothing(local_site: RunningSite) -> None:
    with local_site.sign_in("trainee", "wrong") as stranger:
        assert not stranger.signed_in
