"""Who looks at a class hears of what is stored as soon as it is, and of nothing else."""

import asyncio
import json
import time

import pytest
from fake_hub import PAGES
from learned import NOON, raw
from tornado.web import create_signed_value

from courses.service.events.news import News
from courses.service.learning import pages as learning_pages

PREFIX = "/services/courses/"
SECRET = b"the course pages' cookie secret"
LONG_S = 20


async def waiting(news, course, seen):
    task = asyncio.create_task(news.after(course, seen, LONG_S))
    await asyncio.sleep(0)
    return task


async def test_who_waits_is_told_at_once():
    # given two who wait for one course, and one who waits for another
    news = News({"welcome", "another"})
    both = [await waiting(news, "welcome", news.version("welcome")) for _ in range(2)]
    other = await waiting(news, "another", news.version("another"))

    # when
    news.tell(["welcome", "made-up"])

    # then
    await asyncio.wait_for(asyncio.gather(*both), 5)
    assert not other.done()
    other.cancel()


async def test_who_has_seen_less_does_not_wait():
    news = News({"welcome"})
    seen = news.version("welcome")
    news.tell(["welcome"])

    await asyncio.wait_for(news.after("welcome", seen, LONG_S), 5)
    await asyncio.wait_for(news.after("welcome", "", LONG_S), 5)
    assert news.version("welcome") != seen


async def test_patience_ends():
    news = News({"welcome"})

    await asyncio.wait_for(news.after("welcome", news.version("welcome"), 0.01), 5)


async def test_a_course_that_nobody_instructs_takes_no_room():
    news = News({"welcome"})

    news.tell(f"made-up-{number}" for number in range(1000))

    assert len({news.version(f"made-up-{number}") for number in range(1000)}) == 1


def test_another_start_of_the_service_has_other_versions():
    assert News({"welcome"}).version("welcome") != News({"welcome"}).version("welcome")


# -- over HTTP


@pytest.fixture
async def look(browser, hub):
    """An instructor's page that is open: what its script does."""
    hub.lets_in("the-token-of-tess", "tess", PAGES)
    cookie = create_signed_value(SECRET, "service-courses", "the-token-of-tess").decode()
    browser.cookies = {"service-courses": cookie}
    await browser.get(f"{PREFIX}wait")

    async def ask(seen):
        path = f"{PREFIX}class/welcome/now?_xsrf={browser.cookies['_xsrf']}&seen={seen}"
        return json.loads((await browser.get(path, mode="cors")).body)

    return ask


async def send(browser, **changed):
    one = raw(time.time() - NOON.timestamp(), **changed)
    assert json.loads((await browser.send([one])).body)["accepted"] == 1


async def test_the_page_of_a_class_is_answered_when_something_is_stored(browser, look):
    # given
    first = await look("")
    asked = asyncio.create_task(look(first["version"]))
    done, _ = await asyncio.wait([asked], timeout=0.2)
    assert not done

    # when
    await send(browser)
    stored_s = time.monotonic()

    # then
    second = await asyncio.wait_for(asked, 5)
    assert time.monotonic() - stored_s < 2
    assert "anna" not in first["page"]
    assert "anna" in second["page"]
    assert first["version"] != second["version"]


async def test_without_news_the_page_hears_after_a_while_that_all_is_as_it_was(look, monkeypatch):
    # given
    monkeypatch.setattr(learning_pages, "PATIENCE_S", 0.01)
    first = await look("")

    # then
    assert await look(first["version"]) == first


async def test_a_class_in_which_all_is_news_is_asked_for_once_a_second(browser, look, learning):
    # given what the store is asked
    questions = []
    read = learning.read

    async def counted(question):
        questions.append(question)
        return await read(question)

    learning.read = counted
    seen, began_s = "", time.monotonic()

    # when all look again and again while more and more is stored
    for _ in range(4):
        await send(browser)
        answers = await asyncio.gather(*(look(seen) for _ in range(3)))
        seen = answers[0]["version"]

    # then
    assert len(questions) <= 2 + (time.monotonic() - began_s)


async def test_what_was_stored_during_a_look_is_seen_at_the_next(browser, look):
    # given a look that is too fresh to be put again
    first = await look("")
    await send(browser)
    await send(browser, exercise="another")

    # when
    async with asyncio.timeout(10):
        page = first
        while "another" not in page["page"]:
            page = await look(page["version"])

    # then it is not held back until the next news
    assert "another" in page["page"]


async def test_erasing_somebody_is_news(browser, look, learning):
    # given
    await send(browser)
    first = await look("")
    asked = asyncio.create_task(look(first["version"]))

    # when
    await learning.erase("anna")

    # then
    assert "anna" not in (await asyncio.wait_for(asked, 5))["page"]
