"""The course pages for everybody: no page, in no state, breaks a rule or leaves a narrow screen.

The pages come from the table of routes, and all templates have to be seen: a new one is looked at
by itself, or fails here until it is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import httpx
import jinja2
import pytest
from accessible import View, check, looks
from fake_hub import PAGES, SESSION_TOKEN, TOKEN, FakeHub
from learned import NOON, raw
from pages_on_a_fake_hub import COURSE as ONE_LESSON
from pages_on_a_fake_hub import PREFIX, served, sign_in
from playwright.sync_api import BrowserContext, Page, expect
from tornado.web import RequestHandler, StaticFileHandler

from courses.service.app import make_app
from courses.service.classes import store as classes
from courses.service.classes.model import Class, SeatState
from courses.service.store.engine import open_engine
from spawners.offers import Offer, Offers, Start
from spawners.seats import CLASS_ID
from spawners.standing import Cause, End, Phase, QueuePlace, Standing

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

TESS = "the-token-of-tess"
# The one that all see, and lessons that need more than this site or this session has.
COURSE = f"""{ONE_LESSON}
[[lessons]]
id = "gpu"
title = "Inside the GPU"
summary = "What it does, and why it is so fast at it."
notebook = "gpu.ipynb"
duration_minutes = 50
needs = {{ cpus = 2, memory_mib = 2048, gpu = "required" }}
[[lessons]]
id = "huge"
title = "Too large"
summary = "More than this site has."
notebook = "huge.ipynb"
duration_minutes = 30
needs = {{ cpus = 64, memory_mib = 262144, gpu = "required" }}
"""
PLANNED = Class(
    id="0123abcd",
    course="welcome",
    group="Tuesday",
    size="cpu-small",
    reservation="class-tuesday",
    starts_at=time.time() - 600,
    ends_at=time.time() + 3600,
    empty_s=900,
)
LOG = ("Loading modules: env/release/2025.1 PyTorch/2.9.1", "error: libcudart.so.12: cannot open")
MEMORY = End(cause=Cause.OUT_OF_MEMORY, at=0, job_id="812", exit_code=137, log=LOG)
REJECTED = End(cause=Cause.REJECTED, at=0, detail="sbatch: error: Invalid account or partition")
QUEUED = QueuePlace(job_id="812", reason="Priority", partition="gpu", position=3, waiting=7)
# Shown by the session's own server: test_accessible_widgets.py has one.
IN_A_SESSION = {"reset.html", "notices.html"}


@dataclass(frozen=True)
class Site:
    """The course pages, and what tells them of sessions."""

    address: str
    hub: FakeHub

    def url(self, path: str) -> str:
        return f"{self.address}{PREFIX}{path}"


@pytest.fixture(scope="module")
def templates() -> Iterator[set[str]]:
    """The names of all templates that were used, as the pages use them."""
    used: set[str] = set()
    get = jinja2.Environment.get_template

    def noted(self: jinja2.Environment, name: Any, *args: Any, **named: Any) -> jinja2.Template:
        used.add(str(name))
        return get(self, name, *args, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "get_template", noted)
        yield used


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, templates: set[str]) -> Iterator[Site]:
    hub = FakeHub()
    hub.lets_in(TESS, "tess", PAGES)
    folder = tmp_path_factory.mktemp("pages")
    with served(hub, folder, COURSE) as address:
        begin_to_learn(address)
        plan_a_class(f"sqlite:///{folder}/learning.sqlite")
        yield Site(address, hub)


def begin_to_learn(address: str) -> None:
    """Have anna do something in her first lesson."""
    at_s = time.time() - NOON.timestamp()
    opened = raw(at_s, kind="lesson-opened", exercise="", state="")
    events = [opened, raw(at_s, detail={"check": 2, "message": "Off by one. " * 12})]
    headers = {"Authorization": f"token {SESSION_TOKEN}"}
    answer = httpx.post(f"{address}{PREFIX}api/events", json=events, headers=headers)
    assert answer.json()["accepted"] == 2


def plan_a_class(database: str) -> None:
    """Have a class under way, with a seat in every state, and a note to all."""
    engine = open_engine(database)
    classes.add(engine, PLANNED, [f"trainee{n:02}" for n, _ in enumerate(SeatState)])
    seats = zip(classes.seats(engine, PLANNED.id), SeatState, strict=True)
    why = "sbatch: error: Requested reservation is invalid"
    changed = [seat.model_copy(update={"state": state, "why": why}) for seat, state in seats]
    classes.save(engine, PLANNED.id, changed)
    classes.add_note(engine, PLANNED.id, "We go on with lesson 2 at ten.", time.time())
    engine.dispose()


@pytest.fixture
def trainee(page: Page, site: Site) -> Page:
    site.hub.server = site.hub.standing = site.hub.offers = None
    site.hub.events = []
    sign_in(page.context, site.address)
    return page


def stands(hub: FakeHub, standing: Standing) -> None:
    hub.standing = standing.model_dump(mode="json")
    hub.events = [{"progress": 20, "message": "", "standing": hub.standing}]


def waits(hub: FakeHub) -> None:
    hub.runs("gpu-1", ready=False, pending="spawn")
    job = QUEUED.model_copy(update={"expected_start": time.time() + 5400})
    stands(hub, Standing(phase=Phase.QUEUED, asked_at=time.time() - 200, job=job, age_s=2))


def starts(hub: FakeHub) -> None:
    hub.runs("gpu-1", ready=False, pending="spawn")
    job = QueuePlace(job_id="812", host="gpu1")
    stands(hub, Standing(phase=Phase.STARTING, asked_at=time.time() - 9, job=job, age_s=1))


def runs(hub: FakeHub, left_s: float = 5000) -> None:
    hub.runs("cpu-small")
    now = time.time()
    stands(hub, Standing(phase=Phase.READY, asked_at=now - 900, deadline=now + left_s))


def is_nearly_over(hub: FakeHub) -> None:
    runs(hub, 530)


def ends(hub: FakeHub) -> None:
    hub.runs("cpu-small", ready=False, pending="stop")


def ended(end: End, phase: Phase) -> Callable[[FakeHub], None]:
    def prepare(hub: FakeHub) -> None:
        at = end.model_copy(update={"at": time.time() - 90})
        stands(hub, Standing(phase=phase, size="gpu-1", course="welcome", lesson="first", end=at))

    return prepare


def offers(hub: FakeHub) -> None:
    later = time.time() + 7200
    kinds = [("cpu-small", Start.NOW, None), ("gpu-1", Start.LATER, later)]
    found = [Offer(size=size, title=size, start=kind, at=at, age_s=99) for size, kind, at in kinds]
    hub.offers = Offers(reachable=True, offers=tuple(found))


def nothing(_hub: FakeHub) -> None:
    """Leave the hub as it is: nobody has a session."""


STATES: dict[str, tuple[Callable[[FakeHub], None], str]] = {
    "courses-waiting": (waits, ""),
    "courses-starting": (starts, ""),
    "courses-running": (runs, ""),
    "courses-nearly-over": (is_nearly_over, ""),
    "courses-ending": (ends, ""),
    "courses-failed": (ended(REJECTED, Phase.FAILED), ""),
    "courses-ended": (ended(MEMORY, Phase.ENDED), ""),
    "course-offers": (offers, "courses/welcome"),
    "wait-queued": (waits, "wait/welcome/first"),
    "wait-starting": (starts, "wait"),
    "wait-failed": (ended(MEMORY, Phase.FAILED), "wait/welcome/first"),
    "wait-rejected": (ended(REJECTED, Phase.FAILED), "wait"),
    "message": (nothing, "courses/no-such-course"),
}


def routes() -> dict[str, str]:
    """Return each address that can be visited: its pattern, and it with course and lesson in it."""
    app = make_app(SimpleNamespace(prefix=PREFIX), cookie_secret=b"none")
    found = {}
    for rule in app.wildcard_router.rules:
        visited = rule.target.get is not RequestHandler.get
        if visited and not issubclass(rule.target, StaticFileHandler):
            pattern = rule.matcher.regex.pattern.rstrip("$").removesuffix("/?")
            filled = pattern.replace(f"({CLASS_ID})", PLANNED.id)
            for name in ("welcome", "first"):
                filled = filled.replace("([^/]+)", name, 1)
            found[pattern] = filled.removeprefix(PREFIX)
    return found


def is_page(context: BrowserContext, url: str, pattern: str) -> bool:
    """Whether a visit shows a page of ours: not data, and not on the way to elsewhere."""
    answer = context.request.get(url, max_redirects=0, timeout=20_000)
    if answer.status == 404:  # no course and lesson stand in there: then a state says what does
        known = any(re.fullmatch(pattern, PREFIX + path) for _, path in STATES.values())
        assert known, f"nobody looks at {pattern}: give it a state in STATES"
        return False
    assert answer.status != 500, url
    return answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html")


def conflict(site: Site, page: Page) -> None:
    """Press a lesson's button while the session that runs has no GPU."""
    runs(site.hub)
    sign_in(page.context, site.address)
    page.goto(site.url("courses/welcome"))
    page.locator("form[action$='/gpu'] button").first.click()
    page.locator("form[action*='restart']").wait_for()


@pytest.mark.parametrize("pattern", routes())
@pytest.mark.parametrize("token", [TOKEN, TESS], ids=["trainee", "instructor"])
def test_every_page_is_for_everybody(site: Site, trainee: Page, pattern: str, token: str) -> None:
    # given somebody who may see it
    path = routes()[pattern]
    sign_in(trainee.context, site.address, token)
    if not is_page(trainee.context, site.url(path), pattern):
        return
    # when they open it in each view
    for view in looks(trainee, site.url(path)):
        # then
        check(trainee, f"{path.replace('/', '-') or 'courses'}-{view}")


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_page_is_for_everybody(site: Site, trainee: Page, state: str) -> None:
    # given
    prepare, path = STATES[state]
    prepare(site.hub)
    # when
    for view in looks(trainee, site.url(path)):
        # then
        check(trainee, f"{state}-{view}")


def test_a_lesson_that_the_running_session_is_too_small_for(site: Site, trainee: Page) -> None:
    for view in looks(trainee, site.url("courses/welcome")):
        # when its button is pressed
        conflict(site, trainee)
        # then
        check(trainee, f"conflict-{view}")


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_header_is_one_row_on_a_wide_screen(site: Site, trainee: Page, language: str) -> None:
    # given a site with a long name
    View(language, 1280, "light").take(trainee)
    trainee.goto(site.url(""))
    name = "The AI factory of a country and of all its neighbours"
    trainee.evaluate("(name) => document.querySelector('.brand').append(name)", name)
    # then the name gives way, and nothing stands below it
    parts = (trainee.locator(f".site-header > {one}") for one in (".brand", "nav", ".site-user"))
    boxes = [box for part in parts if (box := part.bounding_box())]
    middles = {round(box["y"] + box["height"] / 2) for box in boxes}
    assert len(boxes) == 3
    assert max(middles) - min(middles) <= 1
    links = trainee.locator(".site-nav a, .site-user a").all()
    assert all(link.evaluate("(one) => one.offsetHeight") < 48 for link in links)


def test_no_template_is_left_out(site: Site, trainee: Page, templates: set[str]) -> None:
    # when everything that the tests above look at is opened
    for token in (TESS, TOKEN):
        sign_in(trainee.context, site.address, token)
        for prepare, path in [*((nothing, path) for path in routes().values()), *STATES.values()]:
            prepare(site.hub)
            trainee.context.request.get(site.url(path), timeout=20_000)
    conflict(site, trainee)
    # then each template was used
    folder = files("courses.service").joinpath("templates")
    assert {one.name for one in folder.iterdir()} - IN_A_SESSION - templates == set()


def test_a_strip_follows_the_session_and_the_keyboard_keeps_its_place(
    site: Site, trainee: Page
) -> None:
    # given somebody at the keyboard, whose session waits
    waits(site.hub)
    trainee.goto(site.url(""))
    link = trainee.get_by_role("link", name="See where it stands")
    link.focus()
    # when it is another's turn
    job = QUEUED.model_copy(update={"reason": "JobHeldAdmin"})
    stands(site.hub, Standing(phase=Phase.QUEUED, job=job, age_s=1))
    # then the strip says so, and they are where they were
    expect(trainee.locator(".strip")).to_contain_text("operators hold it")
    expect(link).to_be_focused()
    # when it runs, then that is there by itself
    runs(site.hub)
    expect(trainee.locator(".strip-ready")).to_be_visible()
