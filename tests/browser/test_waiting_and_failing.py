"""What a trainee sees while a session waits, when it failed, and when its time is nearly up.

A hub that says what the test tells it, and real course pages in a real browser: every state can be
had without a cluster. `test_waiting_on_a_cluster.py` has some of them from a real scheduler.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hub import FakeHub
from pages_on_a_fake_hub import PREFIX, served, sign_in
from pictures import PICTURES
from playwright.sync_api import Page, expect

from spawners.standing import Cause, End, Phase, QueuePlace, Standing

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WAIT = f"{PREFIX}wait/welcome/first"
LOG = (
    "Loading modules: env/release/2025.1 PyTorch/2.9.1",
    "[I 2027-01-15 09:00:01.123 ServerApp] <script>document.title = 'taken over'</script>",
    "/opt/onboard/bin/python: error while loading shared libraries: libcudart.so.12: cannot open",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=812.batch. Some of your processes have",
)
WAITING = {
    "resources": QueuePlace(
        job_id="812", reason="Resources", partition="gpu", position=1, waiting=4
    ),
    "priority": QueuePlace(job_id="812", reason="Priority", partition="gpu", position=3, waiting=7),
    "held": QueuePlace(job_id="812", reason="JobHeldAdmin", partition="gpu"),
}
FAILED = {
    "environment": End(
        cause=Cause.ENVIRONMENT_MISSING, at=0, job_id="812", exit_code=72, log=LOG[:3]
    ),
    "memory": End(cause=Cause.OUT_OF_MEMORY, at=0, job_id="812", exit_code=137, log=LOG),
    "rejected": End(
        cause=Cause.REJECTED,
        at=0,
        detail="sbatch: error: Batch job submission failed: Invalid account or account/partition"
        " combination specified",
    ),
}
SAID = {
    "resources": {
        "en": "Everything of this size",
        "fr": "Tout est occupé",
        "de": "In dieser Größe",
    },
    "priority": {"en": "Others were here", "fr": "étaient là avant vous", "de": "Andere waren vor"},
    "held": {"en": "operators hold it", "fr": "la retiennent", "de": "halten sie zurück"},
    "environment": {"en": "software for this", "fr": "Les logiciels", "de": "Die Software"},
    "memory": {"en": "more memory than", "fr": "plus de mémoire", "de": "mehr Speicher, als"},
    "rejected": {"en": "did not accept", "fr": "pas accepté", "de": "nicht angenommen"},
}
VIEWS = [("en", 1280, "light"), ("fr", 360, "light"), ("de", 360, "dark"), ("de", 1280, "dark")]


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub()


@pytest.fixture
def address(hub: FakeHub, tmp_path: Path) -> Iterator[str]:
    with served(hub, tmp_path) as where:
        yield where


@pytest.fixture
def trainee(page: Page, address: str) -> Page:
    sign_in(page.context, address)
    page.set_default_timeout(20_000)
    return page


def waits(hub: FakeHub, standing: Standing) -> None:
    hub.runs("gpu-1", ready=False, pending="spawn")
    tell(hub, standing)


def tell(hub: FakeHub, standing: Standing) -> None:
    hub.standing = standing.model_dump(mode="json")
    hub.events = [{"progress": 20, "message": "", "standing": hub.standing}]


def failed(end: End, phase: Phase = Phase.FAILED) -> dict[str, object]:
    end = end.model_copy(update={"at": time.time() - 90})
    standing = Standing(phase=phase, size="gpu-1", course="welcome", lesson="first", end=end)
    return standing.model_dump(mode="json")


def views(page: Page, url: str, name: str) -> Iterator[str]:
    """Open the page in each language, width and theme; leave a picture once the test has looked."""
    for language, width, theme in VIEWS:
        cookie = {"name": "onboard-language", "value": language, "domain": "127.0.0.1"}
        page.context.add_cookies([{**cookie, "path": "/"}])
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=theme)
        page.goto(url)
        expect(page.locator("html")).to_have_attribute("lang", language)
        yield language
        lies_outside = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not lies_outside, f"{name} {language} {width}"
        picture(page, f"{name}-{language}-{width}-{theme}")


def picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.mark.parametrize("name", WAITING)
def test_waiting(trainee, hub, address, name):
    # given a session that waits
    now = time.time()
    job = WAITING[name].model_copy(update={"expected_start": now + 5400})
    waits(hub, Standing(phase=Phase.QUEUED, asked_at=now - 200, job=job, age_s=2))
    # when
    for language in views(trainee, address + WAIT, f"waiting-{name}"):
        # then
        expect(trainee.locator("#wait-message")).to_contain_text(SAID[name][language])
        expect(trainee.locator("#wait-time")).to_contain_text(re.compile(r"3 min \d+ s"))
        expect(trainee.locator("#wait-facts dd")).to_have_count(0 if name == "held" else 2)


@pytest.mark.parametrize("name", FAILED)
def test_failed(trainee, hub, address, name):
    # given
    hub.standing = failed(FAILED[name])
    lines = "\n".join(FAILED[name].log) or FAILED[name].detail
    # when
    for language in views(trainee, address + WAIT, f"failed-{name}"):
        # then
        expect(trainee.locator("main")).to_contain_text(SAID[name][language])
        expect(trainee.locator("pre")).to_have_text(lines, use_inner_text=True)
        assert "taken over" not in trainee.title()


def test_time_nearly_up(trainee, hub, address):
    # given
    hub.runs("gpu-1")
    now = time.time()
    standing = Standing(phase=Phase.READY, asked_at=now - 6720, deadline=now + 8 * 60 + 50)
    hub.standing = standing.model_dump(mode="json")
    # when
    for _ in views(trainee, address + PREFIX, "time-nearly-up"):
        # then
        expect(trainee.locator(".strip-soon #time-left")).to_contain_text("8 min")


def test_how_the_last_session_ended_stands_on_the_courses(trainee, hub, address):
    # given
    hub.standing = failed(FAILED["memory"], Phase.ENDED)
    # when
    for language in views(trainee, address + PREFIX, "ended-strip"):
        # then
        expect(trainee.locator(".strip-ended")).to_contain_text(SAID["memory"][language])


def test_a_page_that_waits_follows_what_happens(trainee, hub, address):
    # given a page that waits
    waits(hub, Standing(phase=Phase.QUEUED, job=WAITING["priority"], age_s=1))
    trainee.goto(address + WAIT)
    expect(trainee.locator("#wait-facts dd")).to_have_text("3 of 7 waiting")
    # when the scheduler falls silent
    tell(hub, Standing(phase=Phase.QUEUED, age_s=75, scheduler_answers=False))
    # then
    expect(trainee.locator("#wait-message")).to_contain_text("keeps its place")
    expect(trainee.locator("#wait-heading")).to_contain_text("The scheduler does not answer")
    expect(trainee.locator("#wait-note")).to_have_text("The scheduler last answered 1 min ago.")
    expect(trainee.locator("#wait-facts dd")).to_have_count(0)
    picture(trainee, "waiting-silent")
    # when the job runs
    tell(hub, Standing(phase=Phase.STARTING, job=QueuePlace(job_id="812", host="gpu1"), age_s=1))
    # then
    expect(trainee.locator("#wait")).to_have_attribute("data-state", "starting")
    expect(trainee.locator("#wait-facts dd")).to_have_text("gpu1")
    picture(trainee, "starting")
    # when it fails
    hub.server = None
    hub.standing = failed(FAILED["environment"])
    hub.events = [{"progress": 100, "failed": True, "message": "x", "standing": hub.standing}]
    # then
    expect(trainee.locator("h1")).to_have_text("Your session did not start")
    expect(trainee.get_by_role("button", name="Try again")).to_be_visible()


def test_a_page_that_cannot_listen_asks(trainee, hub, address):
    # given events that do not come through
    trainee.route("**/api/progress*", lambda route: route.fulfill(status=502))
    waits(hub, Standing(phase=Phase.QUEUED, job=WAITING["priority"], age_s=1))
    trainee.goto(address + WAIT)
    # when
    moved_up = WAITING["priority"].model_copy(update={"position": 2, "waiting": 6})
    tell(hub, Standing(phase=Phase.QUEUED, job=moved_up, age_s=1))
    # then
    expect(trainee.locator("#wait-facts dd")).to_have_text("2 of 6 waiting")


def test_cancel_ends_the_wait(trainee, hub, address):
    # given
    waits(hub, Standing(phase=Phase.QUEUED, job=WAITING["resources"], age_s=1))
    trainee.goto(address + WAIT)
    # when
    trainee.get_by_role("button", name="Cancel").click()
    # then
    expect(trainee).to_have_url(address + PREFIX)
    assert hub.asked == [("stop", {})]


def test_the_language_is_chosen_in_the_header_and_stays(trainee, hub, address):
    # given
    trainee.goto(address + PREFIX)
    expect(trainee.get_by_role("heading", name="Courses")).to_be_visible()
    # when
    trainee.get_by_label("Language").select_option("Deutsch")
    # then
    expect(trainee.get_by_role("heading", name="Kurse")).to_be_visible()
    trainee.goto(address + PREFIX + "courses/welcome")
    expect(trainee.get_by_role("button", name=re.compile("^Starten"))).to_be_visible()


def test_an_estimate_is_in_the_browsers_time(page, hub, address):
    # given a browser far from the site
    context = page.context.browser.new_context(timezone_id="Asia/Tokyo", locale="fr-FR")
    sign_in(context, address)
    far = context.new_page()
    noon = 1_800_000_000 + 5 * 365 * 86400  # 17:00 in Tokyo, five years on
    job = WAITING["priority"].model_copy(update={"expected_start": float(noon)})
    waits(hub, Standing(phase=Phase.QUEUED, job=job, age_s=1))
    far.goto(address + PREFIX)
    # when
    far.goto(address + WAIT)
    # then
    expect(far.locator("#wait-facts")).to_contain_text("vers 17:00")
    context.close()
