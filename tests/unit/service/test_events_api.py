"""Events over HTTP: who may send them, how many, and what the sender is told."""

import asyncio
import json
import threading
import time

import pytest
import sqlalchemy as sa
from fake_hub import EVENTS, SESSION_TOKEN, TOKEN
from learned import NOON, raw

from courses.learn.service import LONGEST_BODY
from courses.service.events.limits import Allowance
from courses.service.events.model import MOST_BYTES, MOST_EVENTS, Event
from courses.service.events.writer import StoreFull, Writer
from courses.service.store import reading
from courses.service.store.store import Outcome, Posted

PREFIX = "/services/courses/"


def now(**changed):
    return raw(time.time() - NOON.timestamp(), **changed)


def said(response):
    return json.loads(response.body)


async def attempts(learning, user="anna"):
    own = await learning.read(lambda engine: reading.own(engine, user))
    return sum(one.attempts for one in own.exercises)


async def test_a_session_is_told_what_became_of_its_events(browser, learning):
    # given
    first, second, wrong = now(), now(seq=1), now(v=7)
    await browser.send([first])
    # when
    response = await browser.send([first, wrong, second])
    # then
    assert response.code == 200
    assert said(response) == {
        "accepted": 1,
        "known": 1,
        "refused": [{"id": wrong["id"], "why": "v: this site reads version 1 of events"}],
    }
    assert await attempts(learning) == 2


async def test_events_may_stand_under_their_name(browser):
    assert said(await browser.send({"events": [now()]}))["accepted"] == 1


async def test_nothing_to_send_is_fine(browser):
    assert said(await browser.send([])) == {"accepted": 0, "known": 0, "refused": []}


async def test_the_token_says_whose_events_they_are_and_nothing_else(browser, hub, learning):
    # given
    hub.lets_in("bobs", "bob", EVENTS)
    # when
    await browser.send([now()], "bobs")
    # then
    assert await attempts(learning, "bob") == 1
    assert await attempts(learning, "anna") == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "token "}, 401),
        ({"Authorization": "token made-up"}, 401),
        ({"Authorization": f"Basic {SESSION_TOKEN}"}, 401),
        ({"Authorization": f"token {TOKEN}"}, 403),
        ({"Authorization": "token a-services"}, 403),
        ({"Authorization": f"Bearer {SESSION_TOKEN}"}, 200),
    ],
)
async def test_a_token_of_a_session_and_nothing_else_opens(browser, hub, learning, headers, status):
    # given
    hub.lets_in("a-services", "metrics", EVENTS, kind="service")
    # when
    response = await browser.send([now()], **headers)
    # then
    assert response.code == status
    assert await attempts(learning) == (status == 200)


async def test_a_cookie_opens_nothing(browser, hub):
    # given a browser that is signed in, and might do more than a session
    hub.people[TOKEN]["scopes"] += [EVENTS]
    await browser.get(PREFIX)
    # when
    response = await browser.post(f"{PREFIX}api/events", _xsrf=browser.cookies["_xsrf"])
    # then
    assert response.code == 401


def test_sessions_know_how_long_a_request_may_be():
    assert LONGEST_BODY == MOST_BYTES


async def test_too_many_events_or_too_long_a_request_is_refused_whole(browser, learning):
    # when
    many = await browser.send([now() for _ in range(MOST_EVENTS + 1)])
    long = await browser.send(b"[" + b" " * MOST_BYTES + b"]")
    most = await browser.send([now() for _ in range(MOST_EVENTS)])
    # then
    assert (many.code, long.code, most.code) == (413, 413, 200)
    assert f"at most {MOST_EVENTS} events" in said(many)["message"]
    assert f"at most {MOST_BYTES} bytes" in said(long)["message"]
    assert await attempts(learning) == MOST_EVENTS


@pytest.mark.parametrize(
    "body", [b"", b"{", b'"text"', b'{"events": 5}', b"\xff\xfe", b"[" * 100_000]
)
async def test_what_is_no_list_of_events_is_400(browser, body):
    assert (await browser.send(body)).code == 400


async def test_a_flood_from_one_person_stops_nobody_else(browser, hub, learning):
    # given
    learning.allowance = Allowance(burst=3, every_s=60)
    hub.lets_in("bobs", "bob", EVENTS)
    # when
    flood = [await browser.send([now(), now()]) for _ in range(2)]
    other = await browser.send([now()], "bobs")
    # then
    assert [one.code for one in flood] == [200, 429]
    assert 1 <= int(flood[1].headers["Retry-After"]) <= 60
    assert other.code == 200
    assert await attempts(learning) == 2


async def test_the_hub_is_asked_once_for_a_token(browser, hub):
    # given
    await browser.send([now()])
    hub.knows.clear()
    # when
    response = await browser.send([now()])
    # then
    assert response.code == 200


async def test_a_hub_that_is_away_is_no_refusal(browser, fake_hub):
    # given
    fake_hub[0].stop()
    await fake_hub[0].close_all_connections()
    # when
    response = await browser.send([now()])
    # then
    assert response.code == 503
    assert response.headers["Retry-After"]


async def test_a_store_that_is_away_is_no_refusal_and_pages_go_on(browser, learning):
    # given
    one = now()
    with learning.store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE events RENAME TO hidden"))
    # when
    away = await browser.send([one])
    page = await browser.get(f"{PREFIX}courses/welcome")
    with learning.store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE hidden RENAME TO events"))
    back = await browser.send([one])
    # then
    assert (away.code, page.code, back.code) == (503, 200, 200)
    assert "hidden" not in away.body.decode()
    assert said(back)["accepted"] == 1


async def test_a_visit_is_for_nobody(browser):
    assert (await browser.get(f"{PREFIX}api/events")).code == 405


class SlowStore:
    """A store that writes when it is told to, and remembers what came together."""

    def __init__(self):
        self.go, self.groups = threading.Event(), []

    def append(self, posted, now_ms):
        assert self.go.wait(20)
        self.groups.append([one.user for one in posted])
        return [Outcome(len(one.events), 0) for one in posted]


def some(user, number=1):
    return Posted(user, tuple(Event.model_validate(raw()) for _ in range(number)))


async def test_requests_that_come_together_share_a_transaction():
    # given
    store = SlowStore()
    writer = Writer(store)
    writer.start()
    # when
    answers = [asyncio.ensure_future(writer.write(some(f"user{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    store.go.set()
    outcomes = await asyncio.gather(*answers)
    await writer.stop()
    # then
    assert [one.accepted for one in outcomes] == [1] * 50
    assert len(store.groups) <= 2
    assert [user for group in store.groups for user in group] == [f"user{n}" for n in range(50)]


async def test_a_full_queue_refuses_and_goes_on_when_there_is_room():
    # given
    store = SlowStore()
    writer = Writer(store, most_waiting=10)
    writer.start()
    waiting = asyncio.ensure_future(writer.write(some("anna", 8)))
    await asyncio.sleep(0)
    # when
    with pytest.raises(StoreFull):
        await writer.write(some("bob", 3))
    store.go.set()
    await waiting
    # then
    assert (await writer.write(some("bob", 3))).accepted == 3
    await writer.stop()


async def test_who_hangs_up_has_their_events_stored_all_the_same():
    # given
    store = SlowStore()
    writer = Writer(store)
    writer.start()
    gone = asyncio.ensure_future(writer.write(some("anna")))
    await asyncio.sleep(0)
    # when
    gone.cancel()
    store.go.set()
    await writer.stop()
    # then
    assert store.groups == [["anna"]]


def test_an_allowance_comes_back_with_time_and_is_kept_for_so_many():
    # given
    allowance = Allowance(burst=10, every_s=2, people=2)
    # when
    waits = [allowance.take("anna", 8, now_s) for now_s in (0, 0, 6, 12)]
    # then
    assert waits == [0, 12, 6, 0]
    for name in ("bob", "carl", "dora"):
        allowance.take(name, 10, 12)
    assert allowance.take("anna", 8, 12) == 0
