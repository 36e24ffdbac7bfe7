"""What a user may start, at a real hub: told to the user, and to nobody else."""

from __future__ import annotations

import re

import httpx
import pytest
from running_site import RunningSite

pytestmark = [pytest.mark.slow]


def test_a_user_is_told_what_may_start_and_a_job_is_not(local_site: RunningSite) -> None:
    with local_site.sign_in("trainee") as trainee:
        told = trainee.api("GET", "/onboard/offers")
        assert told.status_code == 200
        assert {one["start"] for one in told.json()["offers"]} == {"now"}

        assert trainee.start(size="cpu-small").status_code in (201, 202)
        trainee.ready()
        url = f"http://127.0.0.1:{local_site.port + 1}/hub/api/onboard/offers"
        job = {"Authorization": f"token {local_site.session_token('trainee')}"}
        assert httpx.get(url, headers=job, timeout=20).status_code == 403
        assert httpx.get(url, timeout=20).status_code == 403
        trainee.end()


def test_the_course_page_says_when_a_lesson_can_start(local_site: RunningSite) -> None:
    with local_site.sign_in("trainee") as trainee:
        page = trainee.http.get("/services/courses/courses/welcome").text

    assert "can start now" in page


def test_what_is_chosen_in_the_form_is_what_starts(local_site: RunningSite) -> None:
    with local_site.sign_in("trainee") as trainee:
        page = trainee.http.get("/hub/spawn").text
        assert re.search(r'<input type="radio" name="size" value="cpu-small" checked>', page)
        assert "can start now" in page
        assert 'id="account"' not in page

        form = {"size": "cpu-small", "hours": "1"}
        query = {"_xsrf": trainee.xsrf}
        answer = trainee.http.post("/hub/spawn", params=query, data=form, follow_redirects=False)
        assert answer.status_code == 302
        assert trainee.ready()["user_options"] == form
        trainee.end()
