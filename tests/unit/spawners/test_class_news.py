"""What a session is told of its class: shown as it is, and an odd answer changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from spawners.class_news import ClassNews, NewsDesk, read
from spawners.idleness import Action, Reason
from spawners.session_file import Grant, SessionFile
from spawners.session_status import Activity, SessionWatch

NOW = 1_000_000.0
NOTE = {"number": 1, "at": NOW, "text": "Look at <b>me</b>.", "group": "Tuesday"}


class Pages:
    """What the course pages answer, and with which token they were asked."""

    def __init__(self) -> None:
        self.status, self.body, self.tokens = 200, b"{}", []


@pytest.fixture
async def pages() -> AsyncIterator[tuple[Pages, NewsDesk]]:
    told = Pages()

    class Notes(RequestHandler):
        def get(self) -> None:
            told.tokens.append(self.request.headers["Authorization"])
            self.set_status(told.status)
            self.finish(told.body)

    server, sockets = HTTPServer(Application([("/notes", Notes)])), bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    yield told, NewsDesk(f"http://127.0.0.1:{sockets[0].getsockname()[1]}/notes", "the-token")
    server.stop()
    await server.close_all_connections()


async def test_news_are_asked_for_with_the_sessions_token(pages: tuple[Pages, NewsDesk]) -> None:
    # given
    told, desk = pages
    told.body = json.dumps({"notes": [NOTE], "ends_at": NOW + 60, "again_s": 4}).encode()
    # when
    await desk.ask()
    # then
    assert told.tokens == ["token the-token"]
    assert [note.text for note in desk.news.notes] == ["Look at <b>me</b>."]
    assert (desk.news.ends_at, desk.pause_s) == (NOW + 60, 4)


@pytest.mark.parametrize(
    ("status", "body"), [(503, b"{}"), (302, b"{}"), (200, b"<html>"), (200, b"x" * 100_000)]
)
async def test_what_was_said_last_counts_until_it_is_said_anew(
    pages: tuple[Pages, NewsDesk], status: int, body: bytes
) -> None:
    # given
    told, desk = pages
    told.body = json.dumps({"notes": [NOTE], "again_s": 4}).encode()
    await desk.ask()
    # when
    told.status, told.body = status, body
    for _ in range(3):
        await desk.ask()
    # then it is asked less and less often
    assert len(desk.news.notes) == 1
    assert desk.pause_s == 32


@pytest.mark.parametrize(
    "said",
    [
        [],
        {"notes": 1},
        {"notes": [{**NOTE, "text": ""}]},
        {"notes": [{**NOTE, "text": "x" * 201}]},
        {"notes": [NOTE] * 21},
        {"ends_at": "soon"},
    ],
)
def test_what_is_no_news_is_left_out(said: Any) -> None:
    with pytest.raises(ValueError, match="ClassNews"):
        read(said)


def test_pages_that_say_more_than_this_session_knows_are_understood() -> None:
    assert read({"notes": [{**NOTE, "colour": "red"}], "weather": "fine"}).notes[0].number == 1


def test_a_session_outside_of_a_site_asks_nobody() -> None:
    assert NewsDesk.of({}) is None
    assert NewsDesk.of({"ONBOARD_NOTES_URL": "http://x/", "JUPYTERHUB_API_TOKEN": "t"}) is not None


def watch(news: ClassNews) -> SessionWatch:
    grant = Grant(
        size="cpu",
        title="CPU",
        cpus=1,
        memory_mib=1024,
        gpus=0,
        idle_limit_s=None,
        gpu_idle_limit_s=None,
    )
    session = SessionFile(
        job_id="1", started_at=NOW - 600, deadline=NOW + 7200, visible_gpus="", grant=grant
    )
    idle = Activity(busy=False, last=NOW)
    return SessionWatch(session, lambda: idle, clock=lambda: NOW, news=lambda: news)


async def test_a_class_that_ends_is_counted_down_to_and_warned_of() -> None:
    # given a session with two hours left, in a class that ends in two minutes
    session = watch(ClassNews(ends_at=NOW + 120, again_s=4))
    # when
    verdict = await session.look()
    # then it is warned of, and not ended from within
    status = session.status()
    assert (verdict.action, verdict.reason) == (Action.WARN, Reason.TIME)
    assert (status.deadline, status.time_left_s, status.again_s) == (NOW + 120, 120, 4)


async def test_a_session_that_ends_before_its_class_says_so() -> None:
    session = watch(ClassNews(ends_at=NOW + 9000))
    assert (await session.look()).action is Action.NOTHING
    assert session.status().time_left_s == 7200


def test_a_page_asks_as_often_as_the_session_does_and_never_more_rarely_than_before() -> None:
    assert watch(ClassNews()).status().again_s == 15
    assert watch(ClassNews(again_s=4)).status().again_s == 4
    assert watch(ClassNews(again_s=0)).status().again_s == 2
