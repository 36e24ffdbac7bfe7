"""When a lesson would start, beside its Start button."""

import asyncio
import re
import time

import pytest

from courses.authoring.manifest import Needs
from courses.service.offers import size_for, start
from spawners.machine import Environment, Machine, SessionSize
from spawners.offers import Offer, Offers, Start
from spawners.words import Words

PREFIX = "/services/courses/"
COURSE = f"{PREFIX}courses/welcome"


@pytest.fixture
def machine():
    """A machine with two sizes that hold the first lesson."""

    def size(name, title, cpus, memory_mib, gpus=0):
        return SessionSize(
            name=name, title=title, cpus=cpus, memory_mib=memory_mib, gpus=gpus, time_limit_s=3600
        )

    return Machine(
        name="local",
        batch="local",
        sizes=(
            size("cpu", "CPU, small", 2, 4096),
            size("cpu-large", "CPU, large", 8, 32768),
            size("gpu", "1 GPU", 4, 16384, gpus=1),
        ),
        environments=(Environment(name="default", title="Default", path="/opt/onboard"),),
    )


def text(response):
    return response.body.decode()


def offers(machine, **starts):
    """Say when each size would start; what is not named starts now. Later is in two hours."""
    later = time.time() + 2 * 3600
    return Offers(
        reachable=True,
        offers=tuple(
            Offer(
                size=size.name,
                title=size.title,
                start=starts.get(size.name, Start.NOW),
                at=later if starts.get(size.name) is Start.LATER else None,
            )
            for size in machine.sizes
        ),
    )


async def test_a_lesson_says_that_it_can_start_now(browser, hub, machine):
    # given
    hub.offers = offers(machine)
    # when
    page = text(await browser.get(COURSE))
    # then
    assert page.count("can start now") == 2  # the third lesson fits nowhere
    assert "as of" not in page


async def test_a_fact_that_is_old_says_so(browser, hub, machine):
    # given
    told = offers(machine)
    aged = tuple(one.model_copy(update={"age_s": 200.0}) for one in told.offers)
    hub.offers = told.model_copy(update={"offers": aged})
    # when
    page = text(await browser.get(COURSE))
    # then
    assert page.count("as of 3 min ago") == 2


async def test_a_lesson_that_has_to_wait_says_until_when(browser, hub, machine):
    # given
    hub.offers = offers(machine, gpu=Start.LATER)
    # when
    page = text(await browser.get(COURSE))
    # then
    assert re.search(r"about \d\d:\d\d", page)
    assert "Start now with" not in page  # the lesson needs a GPU, and only one size has one


async def test_a_lesson_that_would_wait_starts_in_another_size_at_a_press(browser, hub, machine):
    # given
    hub.offers = offers(machine, cpu=Start.NOT_TODAY)
    page = text(await browser.get(COURSE))
    assert "not today: try CPU, large, now" in page
    # when
    await browser.get(PREFIX)
    xsrf = browser.cookies["_xsrf"]
    await browser.post(f"{PREFIX}start/welcome/first", _xsrf=xsrf, size="cpu-large")
    # then
    assert hub.asked == [("start", {"size": "cpu-large", "course": "welcome", "lesson": "first"})]


@pytest.mark.parametrize("size", ["huge", "cpu", "gpu\n#SBATCH --nodes=99", ""])
async def test_a_lesson_starts_in_no_size_that_does_not_hold_it(browser, hub, size):
    # given
    await browser.get(PREFIX)
    xsrf = browser.cookies["_xsrf"]
    # when
    await browser.post(f"{PREFIX}start/welcome/gpu", _xsrf=xsrf, size=size)
    # then
    assert hub.asked == [("start", {"size": "gpu", "course": "welcome", "lesson": "gpu"})]


async def test_a_running_session_is_there_now_whatever_is_free(browser, hub, machine):
    # given
    hub.offers = offers(machine)
    hub.runs("cpu")
    # when
    page = text(await browser.get(COURSE))
    # then
    assert "can start now" not in page


@pytest.mark.parametrize("answer", ["nothing", "garbage", "silence"])
async def test_without_an_answer_the_page_is_there_and_the_line_is_not(browser, hub, answer):
    # given
    hub.offers = {"nothing": None, "garbage": "{", "silence": asyncio.Event()}[answer]
    begun = time.monotonic()
    # when
    response = await browser.get(COURSE)
    # then
    assert time.monotonic() - begun < 4
    assert response.code == 200
    assert "can start now" not in text(response)
    assert text(response).count("Start</button>") == 2
    if answer == "silence":
        hub.offers.set()


async def test_the_form_to_choose_oneself_leads_back_to_the_course(browser):
    # when
    page = text(await browser.get(COURSE))
    # then
    assert 'href="/hub/spawn?next=/services/courses/courses/welcome"' in page


def test_a_gpu_that_the_lesson_has_no_use_for_is_not_offered(machine):
    # given
    needs = Needs(cpus=1, memory_mib=512)
    late = offers(machine, **{"cpu": Start.NOT_TODAY, "cpu-large": Start.NOT_TODAY})
    # when
    found = start(needs, machine, late, time.time(), Words())
    # then
    assert (found.words, found.instead) == ("not today", None)
    assert size_for(needs, machine, "gpu").name == "cpu"


def test_a_lesson_that_prefers_a_gpu_is_offered_what_it_is_complete_without(machine):
    # given
    needs = Needs(cpus=1, memory_mib=512, gpu="preferred")
    late = offers(machine, gpu=Start.NOT_TODAY)
    # when
    found = start(needs, machine, late, time.time(), Words())
    # then
    assert (found.words, found.instead.name) == ("not today", "cpu")
    assert size_for(needs, machine, "cpu").name == "cpu"


def test_where_nobody_knows_nothing_is_said(machine):
    # given
    unknown = offers(machine, cpu=Start.UNKNOWN)
    # then
    assert start(Needs(), machine, unknown, time.time(), Words()) is None
