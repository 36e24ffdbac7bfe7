"""A class as it goes: on a store of its own, and a hub that says what the test tells it."""

from __future__ import annotations

import time

import pytest
from fake_hub import EVENTS, PAGES, SESSION_TOKEN
from tornado.httpclient import AsyncHTTPClient
from tornado.web import create_signed_value

from courses.service.classes import store
from courses.service.classes.keeper import Keeper
from courses.service.classes.model import Class, SeatState
from spawners import seats

PREFIX = "/services/courses/"
SECRET = b"the course pages' cookie secret"
CLASS_ID = "0123abcd"
PEOPLE = ("anna", "bob", "cleo")


@pytest.fixture
def begins():
    return time.time() + 60


@pytest.fixture
def a_class(learning, begins):
    one = Class(
        id=CLASS_ID,
        course="welcome",
        group="Tuesday <b>",
        size="gpu",
        reservation="class-a",
        starts_at=begins,
        ends_at=begins + 1800,
        empty_s=600,
    )
    store.add(learning.store.engine, one, PEOPLE)
    return one


@pytest.fixture
def keeper(pages, a_class):
    return pages.classes


def states(learning):
    return {one.user: one.state for one in store.seats(learning.store.engine, CLASS_ID)}


async def test_a_class_gets_its_sessions_and_each_seat_is_its_persons_own(
    hub, keeper, learning, begins
):
    # given Anna, who has a session of her own
    hub.runs("cpu")
    # when
    await keeper.look(begins - 30)
    # then the others have one each, in the reservation, by a word that nobody else can use
    started = [options for what, options in hub.asked if what == "start"]
    assert [one["size"] for one in started] == ["gpu", "gpu"]
    key = seats.key(keeper.token)
    for name, session in hub.others.items():
        word = session["user_options"]["seat"]
        assert seats.read(word, name, key, begins).reservation == "class-a"
    assert states(learning) == {
        "anna": SeatState.OWN,
        "bob": SeatState.WAITING,
        "cleo": SeatState.WAITING,
    }


async def test_looking_again_or_in_another_process_starts_nobody_twice(
    hub, keeper, learning, begins, client
):
    # given
    await keeper.look(begins - 30)
    # when it looks again, and when a new process does
    await keeper.look(begins - 28)
    await Keeper(client, learning, keeper.token).look(begins - 26)
    # then
    assert [what for what, _ in hub.asked].count("start") == len(PEOPLE)


async def test_who_does_not_come_loses_the_seat_and_who_comes_late_gets_it_again(
    hub, keeper, learning, begins, browser
):
    # given sessions that are ready, and Anna, who presses Start
    await keeper.look(begins - 30)
    hub.all_are_ready()
    await keeper.look(begins - 20)
    assert set(states(learning).values()) == {SeatState.READY}
    answer = await browser.press(f"{PREFIX}start/welcome/first")
    assert answer.headers["Location"] == "/user/anna/onboard/open/welcome/first"
    await keeper.look(begins)
    assert states(learning)["anna"] is SeatState.OPENED
    # when the others are not there in time
    await keeper.look(begins + 601)
    # then
    assert hub.others == {}
    assert hub.server is not None
    assert states(learning)["bob"] is SeatState.GIVEN_BACK
    # when Bob comes
    hub.lets_in("bobs", "bob", PAGES)
    value = create_signed_value(SECRET, "service-courses", "bobs").decode()
    browser.cookies["service-courses"] = value
    await browser.press(f"{PREFIX}start/welcome/first")
    # then his session is the class's again
    options = hub.others["bob"]["user_options"]
    assert seats.class_of(options["seat"]) == CLASS_ID
    assert options["size"] == "gpu"
    hub.all_are_ready()
    await keeper.look(begins + 700)
    assert states(learning)["bob"] is SeatState.OPENED


async def test_who_is_in_no_class_gets_no_seat(hub, keeper, begins, browser):
    # given
    await keeper.look(begins - 30)
    hub.lets_in("daves", "dave", PAGES)
    value = create_signed_value(SECRET, "service-courses", "daves").decode()
    browser.cookies["service-courses"] = value
    # when
    await browser.press(f"{PREFIX}start/welcome/first")
    # then
    assert "seat" not in hub.others["dave"]["user_options"]


async def test_why_a_session_was_refused_is_kept_and_it_is_tried_again(
    hub, keeper, learning, begins
):
    # given
    hub.strangers = {"cleo"}
    hub.refuses = (400, "You may not use the reservation class-a.")
    # when
    await keeper.look(begins - 30)
    # then
    found = {one.user: one for one in store.seats(learning.store.engine, CLASS_ID)}
    assert found["anna"].why == "You may not use the reservation class-a."
    assert found["cleo"].why == "This site lets nobody in who is called 'cleo'."
    assert {one.state for one in found.values()} == {SeatState.FAILED}
    # when it is mended
    hub.refuses = None
    await keeper.look(begins + 30)
    # then
    assert states(learning)["anna"] is SeatState.WAITING


async def test_why_a_session_did_not_come_is_asked_of_the_hub(hub, keeper, learning, begins):
    # given
    await keeper.look(begins - 30)
    hub.server, hub.others = None, {}
    hub.events = [{"failed": True, "message": "Spawn failed: The node is on fire."}]
    # when
    await keeper.look(begins - 10)
    # then
    (anna, *_) = store.seats(learning.store.engine, CLASS_ID)
    assert (anna.state, anna.why) == (SeatState.FAILED, "The node is on fire.")


async def test_the_end_ends_the_classs_sessions_and_closes_it(hub, keeper, learning, begins):
    # given
    hub.runs("cpu")
    await keeper.look(begins - 30)
    # when
    await keeper.look(begins + 1800)
    await keeper.look(begins + 1802)
    # then Anna's own goes on
    assert hub.others == {}
    assert hub.server is not None
    assert store.unfinished(learning.store.engine) == ()
    assert keeper.board.classes != ()
    await keeper.look(begins + 1804)
    assert keeper.board.classes == ()


async def told(browser, token=SESSION_TOKEN):
    return await AsyncHTTPClient().fetch(
        f"{browser.url}{PREFIX}api/notes",
        headers={"Authorization": f"token {token}"},
        raise_error=False,
    )


async def test_a_note_reaches_the_sessions_of_the_class_and_no_others(
    hub, keeper, learning, begins, browser
):
    # given
    store.begin(learning.store.engine, CLASS_ID, time.time())
    store.add_note(learning.store.engine, CLASS_ID, "Look at <b>me</b>.", time.time())
    hub.lets_in("daves-session", "dave", EVENTS)
    # when
    await keeper.look(time.time())
    await keeper.look(time.time())
    # then
    answer = await told(browser)
    assert '"text": "Look at <b>me<\\/b>."' in answer.body.decode()
    assert answer.headers["Content-Type"].startswith("application/json")
    assert b"Look" not in (await told(browser, "daves-session")).body
    # and Anna's session, which is the class's, knows when it ends
    assert str(int(begins + 1800)) in answer.body.decode()


@pytest.mark.parametrize(("token", "code"), [("", 401), ("unknown", 401), ("annas-own-token", 403)])
async def test_only_a_session_is_told(browser, token, code):
    assert (await told(browser, token)).code == code


async def test_a_hub_that_is_away_loses_nothing(hub, keeper, learning, begins, fake_hub, caplog):
    # given
    hub.knows.clear()
    keeper.start()
    # when the loop meets a hub that does not know it
    try:
        while "Classes wait" not in caplog.text:
            keeper.look_soon()
            await _a_moment()
    finally:
        await keeper.stop()
    # then the class is where it was
    assert set(states(learning).values()) == {SeatState.NOT_STARTED}


async def _a_moment():
    import asyncio

    await asyncio.sleep(0.01)
