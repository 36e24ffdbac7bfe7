"""An instructor plans a class in a browser, and runs it from its page."""

from __future__ import annotations

import html
import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from fake_hub import PAGES
from tornado.web import create_signed_value

from courses.service.classes import store
from courses.service.classes.model import Seat, SeatState

PREFIX = "/services/courses/"
CLASSES = f"{PREFIX}class/welcome/classes"
SECRET = b"the course pages' cookie secret"
ROSTER = "\ufeffName;User\r\nAnna;anna\r\nBob;bob\r\n".encode()


@pytest.fixture
async def tess(hub, browser):
    """A browser of the course's instructor."""
    hub.lets_in("tesss", "tess", PAGES)
    value = create_signed_value(SECRET, "service-courses", "tesss").decode()
    browser.cookies["service-courses"] = value
    await browser.get(PREFIX)
    return browser


def fields(**changes):
    begins = datetime.now(UTC) + timedelta(hours=2)
    ends = begins + timedelta(minutes=30)
    return {
        "group": "Tuesday <script>",
        "starts": begins.strftime("%Y-%m-%dT%H:%M"),
        "ends": ends.strftime("%Y-%m-%dT%H:%M"),
        "zone": "UTC",
        "size": "cpu",
        "reservation": "class-a",
        "empty_minutes": "10",
        **changes,
    }


async def plan(tess, roster=ROSTER, **changes):
    return await tess.upload(CLASSES, roster, _xsrf=tess.cookies["_xsrf"], **fields(**changes))


def text(answer):
    return html.unescape(answer.body.decode())


async def test_a_class_is_planned_and_shows_its_seats(tess, learning):
    # when
    answer = await plan(tess)
    # then
    assert answer.code == 302
    page = (await tess.get(answer.headers["Location"])).body.decode()
    assert "Tuesday &lt;script&gt;" in page
    assert page.count("not started") == 3  # two seats, and their sum
    assert "reservation class-a" in page
    (one,) = store.of_course(learning.store.engine, "welcome")
    assert (one.people, one.empty_s, one.size) == (2, 600, "cpu")
    listed = (await tess.get(CLASSES)).body.decode()
    assert f'href="{CLASSES}/{one.id}"' in listed


async def test_what_is_wrong_is_said_and_what_was_written_stays(tess, learning):
    # when
    answer = await plan(tess, b"user\nanna\nBOB\n", reservation="class-b")
    # then
    assert answer.code == 400
    assert "Line 3: 'BOB' has capitals; write bob." in text(answer)
    assert 'value="class-b"' in text(answer)
    assert "Tuesday &lt;script&gt;" in answer.body.decode()
    assert store.of_course(learning.store.engine) == ()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Ligne 3\xa0: 'BOB' contient des majuscules"),
        ("de", "Zeile 3: 'BOB' hat Großbuchstaben"),
    ],
)
async def test_it_is_said_in_the_instructors_language(tess, language, said):
    tess.accept_language = language
    assert said in text(await plan(tess, b"user\nanna\nBOB\n"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": "2020-01-01T10:00"}, "ends before it begins"),
        ({"size": "<b>"}, "no session size '<b>'"),
        ({"reservation": "x --uid=0"}, "cannot be called 'x --uid=0'"),
        ({"zone": "Mars"}, "no time zone 'Mars'"),
    ],
)
async def test_a_form_that_cannot_be_is_refused(tess, learning, changes, said):
    answer = await plan(tess, **changes)
    assert answer.code == 400
    assert said in text(answer)
    assert "<b>" not in answer.body.decode()
    assert store.of_course(learning.store.engine) == ()


async def test_its_buttons_start_it_end_it_and_tell_all(tess, learning):
    # given
    place = (await plan(tess)).headers["Location"]
    engine, class_id = learning.store.engine, place.rpartition("/")[2]
    failed = Seat(user="anna", state=SeatState.FAILED, why="<i>No</i> room.", tries=3)
    store.save(engine, class_id, [failed])
    xsrf = tess.cookies["_xsrf"]
    assert "&lt;i&gt;No&lt;/i&gt; room." in (await tess.get(place)).body.decode()
    # when
    started = await tess.post(f"{place}/start", _xsrf=xsrf)
    noted = await tess.post(f"{place}/note", _xsrf=xsrf, text="Look at <b>me</b>.")
    unsure = await tess.post(f"{place}/end", _xsrf=xsrf)
    ended = await tess.post(f"{place}/end", _xsrf=xsrf, sure="yes")
    # then
    assert (started.code, noted.code, unsure.code, ended.code) == (302, 302, 400, 302)
    one = store.find(engine, class_id)
    assert one.begun_at is not None
    assert one.ends_at <= time.time() + 120
    assert "Look at &lt;b&gt;me&lt;/b&gt;." in (await tess.get(place)).body.decode()


async def test_a_note_that_is_too_long_is_refused_on_its_page(tess, learning):
    place = (await plan(tess)).headers["Location"]
    answer = await tess.post(f"{place}/note", _xsrf=tess.cookies["_xsrf"], text="x" * 121)
    assert answer.code == 400
    assert "121 characters" in text(answer)
    assert store.notes(learning.store.engine, place.rpartition("/")[2]) == ()


async def test_a_class_that_is_over_has_no_buttons(tess, learning):
    # given
    place = (await plan(tess)).headers["Location"]
    store.end(learning.store.engine, place.rpartition("/")[2], time.time() - 200)
    # when
    answer = await tess.post(f"{place}/start", _xsrf=tess.cookies["_xsrf"])
    # then
    assert answer.code == 400
    assert "This class is over." in text(answer)
    assert not re.search(r"<form", answer.body.decode())


async def test_a_trainee_takes_with_them_which_classes_they_are_in(tess):
    # given
    await plan(tess)
    tess.sign_in()
    await tess.get(PREFIX)
    # when
    answer = await tess.post(f"{PREFIX}learning/export", _xsrf=tess.cookies["_xsrf"])
    # then their own seat, and nobody else's
    (one,) = json.loads(answer.body)["classes"]
    assert (one["course"], one["state"]) == ("welcome", "not started")
    assert "bob" not in answer.body.decode()
