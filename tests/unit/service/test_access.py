"""Who gets what at every address of the course pages: each cell of the table is tried."""

from __future__ import annotations

import asyncio
import json
import re
import time

import pytest
from fake_hub import EVENTS, PAGES, SESSION_TOKEN, TOKEN
from learned import NOON, raw
from tornado.httpclient import AsyncHTTPClient
from tornado.web import create_signed_value

from courses.service.app import make_app
from courses.service.classes import store as classes
from courses.service.classes.model import Class
from courses.service.look import CSP

PREFIX = "/services/courses/"
SECRET = b"the course pages' cookie secret"
ANONYMOUS, EXPIRED = "", "an-expired-token"
PEOPLE = {
    "trainee": TOKEN,
    "other trainee": "bobs",
    "instructor of another": "olafs",
    "instructor": "tesss",
    "operator": "opals",
    "anonymous": ANONYMOUS,
    "expired": EXPIRED,
}
EVERYBODY = tuple(one for one in PEOPLE if one not in ("anonymous", "expired"))
SIGN_IN, FORBIDDEN = 302, 403
# Of a visit: what whoever is signed in gets, what others get, and who gets the first.
ROUTES = {
    "": (200, SIGN_IN, EVERYBODY),
    "courses/welcome": (200, SIGN_IN, EVERYBODY),
    "start/welcome/first": (302, SIGN_IN, EVERYBODY),
    "restart/welcome/first": (302, SIGN_IN, EVERYBODY),
    "stop": (405, 405, EVERYBODY),
    "wait/welcome/first": (200, SIGN_IN, EVERYBODY),
    "wait": (200, SIGN_IN, EVERYBODY),
    "api/state": (200, FORBIDDEN, EVERYBODY),
    "api/progress": (200, FORBIDDEN, EVERYBODY),
    "api/events": (405, 405, EVERYBODY),
    "api/notes": (401, 401, EVERYBODY),
    "learning": (200, SIGN_IN, EVERYBODY),
    "learning/export": (405, 405, EVERYBODY),
    "learning/erase": (405, 405, EVERYBODY),
    "class/welcome": (200, SIGN_IN, ("instructor",)),
    "class/welcome?sort=progress": (200, SIGN_IN, ("instructor",)),
    "class/welcome?sort=hostile": (200, SIGN_IN, ("instructor",)),
    "class/welcome/now": (200, FORBIDDEN, ("instructor",)),
    "class/welcome/csv": (200, SIGN_IN, ("instructor",)),
    "class/welcome/xapi": (200, SIGN_IN, ("instructor",)),
    "class/welcome/classes": (200, SIGN_IN, ("instructor",)),
    "class/welcome/classes/0123abcd": (200, SIGN_IN, ("instructor",)),
    "class/welcome/classes/0123abcd/now": (200, FORBIDDEN, ("instructor",)),
    "class/welcome/classes/0123abcd/start": (302, SIGN_IN, ("instructor",)),
    "class/welcome/classes/0123abcd/end": (302, SIGN_IN, ("instructor",)),
    "class/welcome/classes/0123abcd/note": (302, SIGN_IN, ("instructor",)),
    "class/welcome/classes/99999999": (404, SIGN_IN, ("instructor",)),
    # A class of another course, under this one's name and under its own.
    "class/welcome/classes/aaaa0000": (404, SIGN_IN, ("instructor",)),
    "class/another/classes/aaaa0000": (404, SIGN_IN, ("instructor of another",)),
    "class/nothing": (None, SIGN_IN, ()),
    "oauth_callback": (400, 400, EVERYBODY),
}
CHANGES = {
    "start/welcome/first": {},
    "restart/welcome/first": {},
    "stop": {},
    "learning/export": {},
    "learning/erase": {"sure": "yes"},
}
CLASS_CHANGES = {
    "class/welcome/classes": {},
    "class/welcome/classes/0123abcd/start": {},
    "class/welcome/classes/0123abcd/end": {"sure": "yes"},
    "class/welcome/classes/0123abcd/note": {"text": "Hello."},
}
SCRIPTS = (
    "api/state",
    "api/progress",
    "class/welcome/now",
    "class/welcome/classes/0123abcd/now",
)


def a_class(name, course):
    now = time.time()
    return Class(
        id=name,
        course=course,
        group="Tuesday",
        size="cpu",
        starts_at=now + 9000,
        ends_at=now + 9900,
        empty_s=600,
    )


@pytest.fixture
def everyone(hub, learning):
    """A hub that knows them, and a store that knows what Anna did, and of two classes."""
    classes.add(learning.store.engine, a_class("0123abcd", "welcome"), ["anna", "bob"])
    classes.add(learning.store.engine, a_class("aaaa0000", "another"), ["anna"])
    for name, token in PEOPLE.items():
        if name in EVERYBODY and token != TOKEN:
            hub.lets_in(token, {"tesss": "tess"}.get(token, token.removesuffix("s")), PAGES)
    hub.people["opals"]["admin"] = True
    learning.instructors = {"welcome": ("tess",), "another": ("olaf",)}
    return PEOPLE


async def as_person(browser, token):
    browser.cookies.clear()
    if token:
        browser.cookies["service-courses"] = create_signed_value(
            SECRET, "service-courses", token
        ).decode()


async def visit(browser, path):
    if path not in SCRIPTS:
        return await browser.get(PREFIX + path)
    await browser.get(f"{PREFIX}wait")
    xsrf = browser.cookies.get("_xsrf", "")
    return await browser.get(f"{PREFIX}{path}?_xsrf={xsrf}", mode="cors")


def expected(path, name):
    allowed, refused, who = ROUTES[path]
    if name in who:
        return allowed
    return FORBIDDEN if name in EVERYBODY else refused


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("name", PEOPLE)
async def test_a_visit(browser, everyone, name, path):
    # given
    await as_person(browser, everyone[name])
    # when
    answer = await visit(browser, path)
    # then
    assert answer.code == expected(path, name)
    assert answer.headers["Content-Security-Policy"] == CSP
    if answer.code == SIGN_IN and name not in EVERYBODY:
        assert "/hub/api/oauth2/authorize" in answer.headers["Location"]


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("xsrf", ["none", "made up", "of somebody else", "their own"])
async def test_a_change(browser, hub, everyone, learning, name, path, xsrf):
    # given somebody's own token for forms, and another's
    await as_person(browser, "bobs" if name != "other trainee" else TOKEN)
    await browser.get(PREFIX)
    foreign = browser.cookies["_xsrf"]
    await browser.send([now()])
    await as_person(browser, everyone[name])
    await browser.get(PREFIX)
    own = browser.cookies.get("_xsrf", "")
    sent = {"none": {}, "made up": {"_xsrf": "x"}, "of somebody else": {"_xsrf": foreign}}
    # when
    answer = await browser.post(PREFIX + path, **CHANGES[path], **sent.get(xsrf, {"_xsrf": own}))
    # then only they themselves, by a form of their own, change anything of theirs
    may = xsrf == "their own" and name in EVERYBODY
    if may:
        assert answer.code in (200, 302)
    else:
        assert answer.code == FORBIDDEN or "oauth2/authorize" in answer.headers["Location"]
        assert hub.asked == []
    gone = may and path == "learning/erase" and name == "trainee"
    assert await remembers(browser) is not gone


@pytest.mark.parametrize("path", CLASS_CHANGES)
@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("xsrf", ["none", "of somebody else", "their own"])
async def test_a_change_of_a_class(browser, everyone, learning, name, path, xsrf):
    # given
    await as_person(browser, "bobs" if name != "other trainee" else TOKEN)
    await browser.get(PREFIX)
    foreign = browser.cookies["_xsrf"]
    await as_person(browser, everyone[name])
    await browser.get(PREFIX)
    own = browser.cookies.get("_xsrf", "")
    sent = {"none": {}, "of somebody else": {"_xsrf": foreign}, "their own": {"_xsrf": own}}[xsrf]
    before = kept(learning)
    # when
    answer = await browser.post(PREFIX + path, **CLASS_CHANGES[path], **sent)
    # then only an instructor of the course, by a form of their own, changes anything
    if name == "instructor" and xsrf == "their own":
        # a form without a class in it is shown again
        assert answer.code == (400 if path == "class/welcome/classes" else 302)
        assert (kept(learning) == before) is (path == "class/welcome/classes")
    else:
        assert answer.code == FORBIDDEN or "oauth2/authorize" in answer.headers["Location"]
        assert kept(learning) == before


def kept(learning):
    engine = learning.store.engine
    return classes.of_course(engine), classes.notes(engine, "0123abcd")


@pytest.mark.parametrize("name", [*PEOPLE, "session", "session of another"])
async def test_events_and_notes(browser, hub, everyone, name):
    # given
    hub.lets_in("of-bobs-session", "bob", EVENTS)
    tokens = {**everyone, "session": SESSION_TOKEN, "session of another": "of-bobs-session"}
    # when
    answer = await browser.send([now()], tokens[name])
    told = await AsyncHTTPClient().fetch(
        f"{browser.url}{PREFIX}api/notes",
        headers={"Authorization": f"token {tokens[name]}"},
        raise_error=False,
    )
    # then
    assert told.code == answer.code
    wanted = {"anonymous": 401, "expired": 401, "session": 200, "session of another": 200}
    assert answer.code == wanted.get(name, 403)


@pytest.mark.parametrize("path", [one for one in ROUTES if one not in ("api/events", "api/notes")])
async def test_a_sessions_token_opens_no_page(browser, everyone, path):
    # given code in a notebook, which can read its session's token
    answer = await AsyncHTTPClient().fetch(
        f"{browser.url}{PREFIX}{path}",
        headers={"Authorization": f"token {SESSION_TOKEN}", "Sec-Fetch-Mode": "navigate"},
        follow_redirects=False,
        raise_error=False,
    )
    # then
    assert answer.code in (302, 400, 403, 405)
    if answer.code == 302:
        assert "/hub/api/oauth2/authorize" in answer.headers["Location"]


async def test_nobody_sees_anybody_elses_learning(browser, everyone):
    # given
    await browser.send([now(detail={"message": "Anna's own words"})])
    await as_person(browser, "bobs")
    # when
    mine = (await browser.get(f"{PREFIX}learning")).body.decode()
    xsrf = browser.cookies["_xsrf"]
    export = (await browser.post(f"{PREFIX}learning/export", _xsrf=xsrf)).body.decode()
    course = (await browser.get(f"{PREFIX}courses/welcome")).body.decode()
    # then
    assert "exercise right" not in mine + course
    assert "anna" not in export.lower()


async def test_every_route_is_in_the_table(browser, everyone):
    """A new address has to be put here: who gets what there?"""

    class Told:
        prefix = PREFIX

    # when
    app = make_app(Told(), cookie_secret=b"any")
    patterns = [rule.matcher.regex for rule in app.wildcard_router.rules]
    tried = [*ROUTES, "api/events", "static/wait.js"]
    untried = [
        one.pattern for one in patterns if not any(one.fullmatch(PREFIX + path) for path in tried)
    ]
    # then
    assert patterns
    assert untried == []


def now(**changed):
    return raw(time.time() - NOON.timestamp(), **changed)


async def remembers(browser):
    """Whether the store still knows what Anna did."""
    await as_person(browser, TOKEN)
    page = (await browser.get(f"{PREFIX}learning")).body.decode()
    return bool(re.search(r"\d of \d+ exercises? right", page))


async def test_the_instructor_of_a_course_sees_who_is_where(browser, everyone):
    # given
    await browser.send([now(detail={"message": "<b>Off</b> by one."}), now(state="right")])
    await as_person(browser, "tesss")
    # when
    page = (await browser.get(f"{PREFIX}class/welcome")).body.decode()
    table = (await browser.get(f"{PREFIX}class/welcome/csv")).body.decode("utf-8-sig")
    statements = (await browser.get(f"{PREFIX}class/welcome/xapi")).body.decode()
    # then
    assert '<th scope="row">anna</th>' in page
    assert "&lt;b&gt;Off&lt;/b&gt; by one. (1)" in page
    assert "<desc" in page
    assert "1 opened, 1 done." in page
    assert table.splitlines()[1].startswith("anna,first,Your first session,1,1,2,")
    assert "anna" not in statements
    assert statements.count('"verb"') == 2


async def test_a_course_is_never_told_from_one_that_there_is_not(browser, everyone):
    # given
    await as_person(browser, "bobs")
    # when
    there, not_there = [
        (await browser.get(f"{PREFIX}class/{one}")).body for one in ("welcome", "nothing")
    ]
    # then
    assert there == not_there


async def test_a_trainee_goes_on_where_they_stopped_takes_their_data_and_erases_it(
    browser, everyone
):
    # given
    await browser.send([now(kind="lesson-opened", exercise="", state=""), now(state="right")])
    await as_person(browser, TOKEN)
    # when
    course = (await browser.get(f"{PREFIX}courses/welcome")).body.decode()
    xsrf = browser.cookies["_xsrf"]
    export = await browser.post(f"{PREFIX}learning/export", _xsrf=xsrf)
    unsure = await browser.post(f"{PREFIX}learning/erase", _xsrf=xsrf)
    still = await remembers(browser)
    await browser.get(PREFIX)
    await browser.post(f"{PREFIX}learning/erase", _xsrf=browser.cookies["_xsrf"], sure="yes")
    # then
    assert "Go on with: Inside the GPU" in course
    assert "1 of 3 lessons done" in course
    assert "about 1 h 20 min left" in course
    assert "1 of 1 exercise right" in course
    assert "attachment" in export.headers["Content-Disposition"]
    taken = json.loads(export.body)
    assert len(taken["events"]) == 2
    # her seats, and nothing of who sits beside her
    assert {one["id"] for one in taken["classes"]} == {"0123abcd", "aaaa0000"}
    assert "bob" not in export.body.decode()
    assert (unsure.code, still) == (400, True)
    assert not await remembers(browser)


SAID = "Everything is erased."


async def test_erasing_ends_with_a_word_that_it_is_done(browser, everyone):
    # given
    await browser.send([now(state="right")])
    await as_person(browser, TOKEN)
    too_early = (await browser.get(f"{PREFIX}learning?erased=yes")).body.decode()
    # when
    xsrf = browser.cookies["_xsrf"]
    erased = await browser.post(f"{PREFIX}learning/erase", _xsrf=xsrf, sure="yes")
    done = (await browser.get(erased.headers["Location"])).body.decode()
    # then it is said once it is true, and not of what comes after
    assert SAID not in too_early
    assert SAID in done
    await browser.send([now(state="right")])
    assert SAID not in (await browser.get(erased.headers["Location"])).body.decode()


async def test_what_is_erased_leaves_the_files_soon_though_somebody_reads_them(
    browser, learning, tmp_path, monkeypatch
):
    # given a copy that is being made of the store
    monkeypatch.setattr("courses.service.learning.learning.LOG_AGAIN_S", 0.01)
    await browser.send([now(detail={"message": "Xylophone."})])
    log = tmp_path / "learning.sqlite-wal"
    with learning.store.engine.connect() as reader:
        reader.exec_driver_sql("SELECT * FROM events").fetchall()
        # when
        await learning.erase("anna")
        left = log.stat().st_size
    # then
    assert left
    async with asyncio.timeout(5):
        while log.stat().st_size:
            await asyncio.sleep(0.01)


async def test_half_a_character_in_an_answer_keeps_nobody_from_their_data(browser, everyone):
    # given
    await browser.send([now(detail={"message": "half \ud800", "é": 1})])
    await as_person(browser, TOKEN)
    await browser.get(PREFIX)
    # when
    export = await browser.post(f"{PREFIX}learning/export", _xsrf=browser.cookies["_xsrf"])
    # then
    (event,) = json.loads(export.body)["events"]
    assert event["detail"] == {"message": "half \ud800", "é": 1}


async def test_hostile_words_in_events_are_only_words(browser, everyone):
    # given a course of which a lesson was renamed, and a message that is a page
    evil = "\"'><script>alert(1)</script>"
    await browser.send([now(lesson="gone", detail={"message": evil})])
    await as_person(browser, "tesss")
    # when
    page = (await browser.get(f"{PREFIX}class/welcome")).body.decode()
    fragment = (await visit(browser, "class/welcome/now")).body.decode()
    # then
    assert "<script>alert" not in page + fragment
    assert "&lt;script&gt;alert(1)" in page
    assert fragment.startswith("{")


async def test_a_class_says_who_has_a_session_and_nothing_of_anybody_else(browser, hub, everyone):
    # given Anna, who began; Cem, who waits for a session of the course; and others
    await browser.send([now()])
    hub.page = 2
    hub.runs("cpu")
    hub.runs_for("cem", ready=False, pending="spawn")
    hub.runs_for("stranger", user_options={"course": "another"})
    hub.runs_for("nobody-knows", user_options={})
    hub.runs_for("leaving", pending="stop")
    await as_person(browser, "tesss")
    # when
    pages = [(await browser.get(f"{PREFIX}class/welcome")).body.decode() for _ in range(3)]
    # then
    people = pages[0].partition('id="people"')[2]
    assert re.findall(r'<th scope="row">([^<]*)</th>', people) == ["anna", "cem"]
    assert "waiting since" in pages[0]
    assert not any(name in page for page in pages for name in ("stranger", "nobody-knows"))
    # and the hub was asked once, page by page, for all who looked
    assert hub.lists == 3


async def test_without_the_hub_a_class_shows_what_is_known(browser, hub, everyone):
    # given
    await browser.send([now()])
    hub.away = True
    await as_person(browser, "tesss")
    # when
    page = (await browser.get(f"{PREFIX}class/welcome")).body.decode()
    # then
    assert "who is in a session is not known" in page
    assert '<th scope="row">anna</th>' in page


async def test_my_learning_shows_each_exercise(browser, everyone):
    # given
    await browser.send([now(), now(), now(exercise="sum", state="right")])
    await as_person(browser, TOKEN)
    # when
    page = (await browser.get(f"{PREFIX}learning")).body.decode()
    # then
    assert '<th scope="row">mean</th><td>not right yet</td><td>2 tries</td>' in page
    assert '<th scope="row">sum</th><td class="result-done">right</td><td>1 try</td>' in page
    assert "Continue where you stopped: Your first session" in page


async def test_the_courses_page_leads_on(browser, everyone):
    # given
    await browser.send([now()])
    await as_person(browser, TOKEN)
    # when
    page = (await browser.get(PREFIX)).body.decode()
    # then
    assert 'action="/services/courses/start/welcome/first"' in page
    assert "0 of 3 lessons done" in page
