"""The course pages over HTTP, with a hub that says what the test tells it."""

import asyncio
import json
import time

import pytest

from courses.service.app import settings
from courses.service.look import CSP
from spawners.errors import InvalidInput

PREFIX = "/services/courses/"
COURSE = f"{PREFIX}courses/welcome"
WAIT = f"{PREFIX}wait/welcome/first"


def text(response):
    return response.body.decode()


def events(response):
    return [json.loads(line[6:]) for line in text(response).splitlines() if line[:6] == "data: "]


async def test_who_is_not_signed_in_goes_to_the_hub(browser):
    # given
    browser.cookies.clear()
    # when
    response = await browser.get(PREFIX)
    # then
    assert response.code == 302
    assert response.headers["Location"].startswith("/hub/api/oauth2/authorize?")


async def test_courses_are_cards_and_every_word_is_escaped(browser):
    # when
    page = text(await browser.get(PREFIX))
    # then
    assert f'href="{COURSE}"' in page
    assert "Welcome &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "The &lt;b&gt;Factory&lt;/b&gt;" in page
    assert "alert(1)</script>" not in page
    assert "3 lessons" in page
    assert "1 h 35 min" in page


@pytest.mark.parametrize("path", [PREFIX, COURSE, WAIT, f"{PREFIX}nothing"])
async def test_no_page_runs_a_script_of_its_own_text(browser, path):
    # when
    response = await browser.get(path)
    # then
    assert response.headers["Content-Security-Policy"] == CSP
    assert "unsafe" not in CSP
    assert " style=" not in text(response)
    assert "<script>" not in text(response)


async def test_a_course_says_what_each_lesson_needs(browser):
    # when
    page = text(await browser.get(COURSE))
    # then
    assert "needs no GPU" in page
    assert "validated on 23 November 2026" in page
    assert "This site has no session with what this lesson needs: a GPU, 64 CPUs" in page
    assert page.count("Start</button>") == 2


@pytest.mark.parametrize(
    "path",
    [
        f"{PREFIX}courses/nothing",
        f"{PREFIX}courses/..%2f..%2fetc",
        f"{PREFIX}wait/welcome/nothing",
        f"{PREFIX}start/nothing/first",
        f"{PREFIX}nothing",
    ],
)
async def test_what_is_not_there_is_404_in_the_same_look(browser, path):
    # when
    response = await browser.get(path)
    # then
    assert response.code == 404
    assert "There is no such page" in text(response)
    assert "/hub/look/look.css" in text(response)


async def test_start_asks_for_the_size_that_the_lesson_needs(browser, hub):
    # when
    response = await browser.press(f"{PREFIX}start/welcome/gpu")
    # then
    assert hub.asked == [("start", {"size": "gpu", "course": "welcome", "lesson": "gpu"})]
    assert response.code == 302
    assert response.headers["Location"] == f"{PREFIX}wait/welcome/gpu"


async def test_a_visit_starts_nothing(browser, hub):
    # when
    response = await browser.get(f"{PREFIX}start/welcome/first")
    # then
    assert response.headers["Location"] == COURSE
    assert hub.asked == []


@pytest.mark.parametrize("action", ["start/welcome/first", "restart/welcome/first", "stop"])
@pytest.mark.parametrize("fields", [{}, {"_xsrf": "made-up"}])
async def test_a_button_pressed_from_elsewhere_does_nothing(browser, hub, action, fields):
    # given
    hub.runs("cpu")
    await browser.get(PREFIX)
    # when
    response = await browser.post(PREFIX + action, **fields)
    # then
    assert response.code == 403
    assert hub.asked == []


async def test_what_the_hub_refuses_is_said_in_its_words(browser, hub):
    # given
    hub.refuses = (400, "You have as many <i>sessions</i> as you may.")
    # when
    response = await browser.press(f"{PREFIX}start/welcome/first")
    # then
    assert response.code == 400
    assert "You have as many &lt;i&gt;sessions&lt;/i&gt; as you may." in text(response)


async def test_a_lesson_that_no_session_here_can_hold_is_not_started(browser, hub):
    # when
    response = await browser.press(f"{PREFIX}start/welcome/huge")
    # then
    assert response.code == 409
    assert "This site has no session" in text(response)
    assert hub.asked == []


async def test_a_running_session_is_used_for_the_next_lesson(browser, hub):
    # given
    hub.runs("cpu")
    # when
    started = await browser.press(f"{PREFIX}start/welcome/first")
    waited = await browser.get(f"{PREFIX}wait/welcome/first")
    # then
    assert hub.asked == []
    for opened in (started, waited):
        assert opened.headers["Location"] == "/user/anna/onboard/open/welcome/first"


async def test_a_running_session_without_a_gpu_is_not_used_where_one_is_required(browser, hub):
    # given
    hub.runs("cpu")
    # when
    response = await browser.press(f"{PREFIX}start/welcome/gpu")
    # then
    assert response.code == 409
    assert "what your running session does not have: a GPU." in text(response)
    assert "End it and start a new one" in text(response)
    assert hub.asked == []


async def test_end_it_and_start_a_new_one(browser, hub):
    # given
    hub.runs("cpu")
    # when
    response = await browser.press(f"{PREFIX}restart/welcome/gpu")
    # then
    wanted = {"size": "gpu", "course": "welcome", "lesson": "gpu"}
    assert hub.asked == [("stop", {}), ("start", wanted)]
    assert response.headers["Location"] == f"{PREFIX}wait/welcome/gpu"


async def test_the_running_session_stands_on_top_and_stops(browser, hub):
    # given
    hub.runs("gpu")
    page = text(await browser.get(PREFIX))
    # when
    response = await browser.press(f"{PREFIX}stop")
    # then
    assert "Your session is running" in page
    assert "1 GPU" in page
    assert hub.asked == [("stop", {})]
    assert response.headers["Location"] == PREFIX
    assert "Your session" not in text(await browser.get(PREFIX))


async def test_the_waiting_page_leads_back_to_a_session_on_its_way(browser, hub):
    # given
    hub.runs("cpu", ready=False, pending="spawn")
    # when
    courses = text(await browser.get(PREFIX))
    waiting = text(await browser.get(WAIT))
    # then
    assert f'href="{WAIT}"' in courses
    assert 'data-state="waiting"' in waiting
    assert "Cancel" in waiting


async def test_progress_is_relayed_as_it_happens(browser, hub):
    # given
    hub.events = [
        {"progress": 0, "message": "Server requested"},
        {"progress": 20, "message": "Others were here before you."},
        {"progress": 70, "message": "Your session has its place."},
        {"progress": 100, "ready": True, "message": "Server ready", "html_message": "<a>"},
    ]
    await browser.get(WAIT)
    # when
    response = await browser.get(
        f"{PREFIX}api/progress?_xsrf={browser.cookies['_xsrf']}", mode="cors"
    )
    # then
    said = [one for one in events(response) if one["message"] != "Your session is on its way."]
    assert response.headers["Content-Type"] == "text/event-stream"
    assert list(dict.fromkeys(one["state"] for one in said)) == ["waiting", "starting", "ready"]
    assert "Others were here before you." in [one["message"] for one in said]


@pytest.mark.parametrize("path", ["api/state", "api/progress"])
async def test_a_failed_start_says_why_also_to_a_page_opened_later(browser, hub, path):
    # given
    message = "Spawn failed: 400 SpawnException(reason=x): Your session ran out of memory."
    hub.events = [{"progress": 100, "failed": True, "message": message}]
    page = await browser.get(WAIT)
    # when
    url = f"{PREFIX}{path}?_xsrf={browser.cookies['_xsrf']}"
    response = await browser.get(url, mode="cors")
    # then
    steps = events(response) or [json.loads(text(response))]
    assert steps[-1]["state"] == "failed"
    assert steps[-1]["message"] == "Your session ran out of memory."
    assert 'data-state="failed"' in text(page)
    assert "Try again" in text(page)


@pytest.mark.parametrize(
    ("pending", "state"), [("stop", "stopping"), ("check", "waiting"), (None, "none")]
)
async def test_where_nothing_starts_progress_says_what_is(browser, hub, pending, state):
    # given
    if pending:
        hub.runs("cpu", ready=False, pending=pending)
    await browser.get(WAIT)
    # when
    url = f"{PREFIX}api/progress?_xsrf={browser.cookies['_xsrf']}"
    response = await browser.get(url, mode="cors")
    # then
    assert events(response)[-1]["state"] == state


@pytest.mark.parametrize("path", ["api/state", "api/progress"])
async def test_a_script_that_is_not_signed_in_is_refused(browser, path):
    # given
    browser.cookies.clear()
    # when
    response = await browser.get(PREFIX + path)
    # then
    assert response.code == 403


@pytest.mark.parametrize("path", [PREFIX, COURSE, WAIT])
async def test_a_hub_that_is_away_is_said_in_words(browser, fake_hub, path):
    # given a trainee whose sign-in the pages remember
    await browser.get(PREFIX)
    fake_hub[0].stop()
    await fake_hub[0].close_all_connections()
    # when
    response = await browser.get(path)
    # then
    assert response.code == 503
    assert "The hub does not answer just now." in text(response)
    assert "Try again" in text(response)


async def test_a_hub_that_is_away_at_sign_in_is_said_in_words(browser, fake_hub):
    # given
    fake_hub[0].stop()
    # when
    response = await browser.get(PREFIX)
    # then
    assert response.code == 503


async def test_a_token_that_the_hub_forgot_signs_out(browser, hub):
    # given
    await browser.get(PREFIX)
    hub.knows.clear()
    # when
    response = await browser.get(PREFIX)
    # then
    assert response.code == 403
    assert "Sign in again." in text(response)
    assert browser.cookies["service-courses"] == ""
    assert (await browser.get(PREFIX)).code == 302


async def test_a_broken_sign_in_is_said_in_the_same_look(browser):
    # given
    browser.cookies.clear()
    # when
    response = await browser.get(f"{PREFIX}oauth_callback?code=x&state=y")
    # then
    assert response.code == 403
    assert "/hub/look/look.css" in text(response)


QUEUED = {
    "phase": "queued",
    "asked_at": 1.0,
    "job": {"job_id": "7", "reason": "Priority", "position": 3, "waiting": 7},
    "age_s": 40,
}
ENDED = {
    "phase": "ended",
    "course": "welcome",
    "lesson": "first",
    "end": {
        "cause": "out of memory",
        "at": 1.0,
        "job_id": "7",
        "detail": "slurm: <i>no</i>",
        "log": ["<script>alert(2)</script>", "Killed"],
    },
}


async def test_the_waiting_page_says_why_and_for_how_long(browser, hub):
    # given
    hub.runs("cpu", ready=False, pending="spawn")
    hub.standing = QUEUED
    # when
    page = text(await browser.get(WAIT))
    # then
    assert "Others were here before you." in page
    assert "<dt>Your place</dt><dd>3 of 7 waiting</dd>" in page
    assert "The scheduler last answered 40 s ago." in page
    assert "Cancel" in page


async def test_the_scripts_of_a_waiting_page_are_told_the_same(browser, hub):
    # given
    hub.runs("cpu", ready=False, pending="spawn")
    hub.standing = QUEUED
    hub.events = [{"progress": 20, "message": "not this", "standing": QUEUED}]
    await browser.get(WAIT)
    # when
    url = f"{PREFIX}api/progress?_xsrf={browser.cookies['_xsrf']}"
    told = events(await browser.get(url, mode="cors"))
    asked = json.loads(text(await browser.get(url.replace("progress", "state"), mode="cors")))
    # then
    assert told[-1] == asked
    assert asked["facts"] == [["Your place", "3 of 7 waiting"]]
    assert asked["message"].startswith("Others were here before you.")


async def test_the_failed_page_says_what_happened_and_what_to_do(browser, hub):
    # given
    hub.standing = {**ENDED, "phase": "failed"}
    # when
    page = text(await browser.get(WAIT))
    # then
    assert "Your session did not start" in page
    assert "needed more memory than it has" in page
    assert "choose more memory" in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;\nKilled</pre>" in page
    assert "slurm:" not in page  # its own words would only say the same again, in English
    assert "alert(2)</script>" not in page
    assert f'action="{PREFIX}start/welcome/first"' in page
    assert f'href="{COURSE}"' in page


async def test_a_rejected_start_says_what_the_machine_said(browser, hub):
    # given
    end = {"cause": "rejected", "at": 1.0, "detail": "sbatch: <i>no</i>"}
    hub.standing = {"phase": "failed", "end": end}
    # when
    page = text(await browser.get(WAIT))
    # then
    assert "did not accept your session" in page
    assert "sbatch: &lt;i&gt;no&lt;/i&gt;</pre>" in page


async def test_the_strip_says_how_the_last_session_ended_until_a_new_one(browser, hub):
    # given
    hub.standing = ENDED
    before = text(await browser.get(PREFIX))
    # when
    await browser.press(f"{PREFIX}start/welcome/first")
    # then
    assert "Your session has ended" in before
    assert "needed more memory than it has" in before
    assert f'href="{WAIT}"' in before
    assert "Your session has ended" not in text(await browser.get(PREFIX))


async def test_who_ended_their_session_is_not_told_so(browser, hub):
    # given
    hub.standing = {"phase": "ended", "end": {"cause": "stopped", "at": 1.0}}
    # then
    assert "Your session" not in text(await browser.get(PREFIX))


@pytest.mark.parametrize(("left_s", "soon"), [(3700, False), (540, True)])
async def test_the_strip_says_how_much_time_is_left(browser, hub, left_s, soon):
    # given
    hub.runs("cpu")
    hub.standing = {"phase": "ready", "deadline": time.time() + left_s + 30}
    # when
    page = text(await browser.get(PREFIX))
    # then
    assert f"{'9 min' if soon else '1 h 2 min'} left" in page
    assert ("strip-soon" in page) is soon
    assert ("Save your work" in page) is soon


async def test_a_refused_start_is_explained_on_its_page(browser, hub):
    # given a hub that remembers more of it than it answers
    hub.refuses = (503, "Service Unavailable")
    end = {"cause": "scheduler silent", "at": time.time() + 1}
    hub.standing = {"phase": "failed", "end": end}
    # when
    response = await browser.press(f"{PREFIX}start/welcome/first")
    # then
    assert response.headers["Location"] == WAIT
    assert "so nothing was started" in text(await browser.get(WAIT))


async def test_an_error_inside_the_hub_is_said_in_words(browser, hub):
    # given
    hub.refuses = (500, "Internal Server Error")
    # when
    response = await browser.press(f"{PREFIX}start/welcome/first")
    # then
    assert response.code == 503
    assert "That did not work" in text(response)


async def test_a_session_without_a_lesson_is_waited_for_as_well(browser, hub):
    # given
    hub.runs("cpu", ready=False, pending="spawn")
    hub.standing = QUEUED
    waiting = text(await browser.get(f"{PREFIX}wait"))
    # when
    hub.runs("cpu")
    response = await browser.get(f"{PREFIX}wait")
    # then
    assert "Others were here before you." in waiting
    assert response.headers["Location"] == "/user/anna/lab"


@pytest.mark.parametrize(
    ("cookie", "accept", "language", "words"),
    [
        ("", "de-LU,de;q=0.9", "de", "Wählen Sie einen Kurs."),
        ("fr", "de-LU,de;q=0.9", "fr", "Choisissez un cours."),
        ("xx", "ja", "en", "Pick a course."),
    ],
)
async def test_pages_are_in_the_trainees_language(browser, cookie, accept, language, words):
    # given
    browser.cookies["onboard-language"] = cookie
    browser.accept_language = accept
    # when
    page = text(await browser.get(PREFIX))
    # then
    assert f'<html lang="{language}">' in page
    assert words in page
    assert f'<option value="{language}" lang="{language}" selected>' in page


async def test_errors_and_steps_are_in_the_trainees_language(browser, hub):
    # given
    browser.accept_language = "fr"
    hub.runs("cpu", ready=False, pending="spawn")
    hub.standing = QUEUED
    await browser.get(WAIT)
    # when
    url = f"{PREFIX}api/state?_xsrf={browser.cookies['_xsrf']}"
    step = json.loads(text(await browser.get(url, mode="cors")))
    missing = text(await browser.get(f"{PREFIX}courses/nothing"))
    # then
    assert step["facts"] == [["Votre place", "3 sur 7 en attente"]]
    assert "Cette page n’existe pas" in missing


async def test_a_cancelled_start_is_never_ready(browser, hub, client, monkeypatch):
    # given JupyterHub's habit of calling a start ready while it cancels it
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        asked.set()
        await answer.wait()

    monkeypatch.setattr(client, "_ask", slow)
    stopping = asyncio.ensure_future(client.stop("anna", "token"))
    await asked.wait()
    monkeypatch.undo()
    hub.runs("cpu", ready=True)
    # when
    page = await browser.get(WAIT)
    # then
    assert page.code == 200
    assert 'data-state="stopping"' in text(page)
    answer.set()
    await stopping
    assert (await browser.get(WAIT)).code == 302


async def test_scripts_are_files(browser):
    # when
    response = await browser.get(f"{PREFIX}static/wait.js")
    # then
    assert response.code == 200
    assert "EventSource" in text(response)


def test_a_missing_variable_is_named():
    # when
    with pytest.raises(InvalidInput, match="ONBOARD_CATALOGUE") as caught:
        settings({})
    # then
    assert "started by the hub" in caught.value.hint
