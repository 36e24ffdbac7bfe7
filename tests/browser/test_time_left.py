"""A trainee in a real browser sees how long the session lasts, and is asked before it is ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pictures import PICTURES
from playwright.sync_api import Page, expect
from running_site import RunningSite, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(420)]

USER = "trainee"
SITE = """
name = "hurry"
title = "A site where time is short"
languages = ["en"]
data_dir = "~/unused"
[login]
users = ["trainee"]
[hub]
end_sessions_with_hub = true
[machine]
name = "hurry"
batch = "local"
workspace = "{data}/workspaces/{user}"
"""
IDLE_LIMIT = "idle_limit_s = 60\n"
SIZES = """
[[machine.sizes]]
name = "nine-minutes"
title = "Nine minutes"
cpus = 1
memory_mib = 1024
time_limit_s = 560
[[machine.sizes]]
name = "one-minute"
title = "One minute"
cpus = 1
memory_mib = 1024
time_limit_s = 115
[[machine.environments]]
name = "default"
title = "Python"
path = "{prefix}"
"""
A100 = {
    "index": "0",
    "name": "NVIDIA A100",
    "busy_percent": 35,
    "memory_used_mib": 2150,
    "memory_mib": 40960,
}
CALM = {
    "at": 0,
    "size": "1 GPU",
    "deadline": 0,
    "time_left_s": 5550,
    "gpus_granted": 1,
    "gpus": [A100],
    "warning": None,
}


def running(folder: Path, toml: str) -> Iterator[RunningSite]:
    courses = folder / "courses"
    courses.mkdir()
    path = folder / "hurry.toml"
    path.write_text(toml, encoding="utf-8")
    site = RunningSite(str(path), folder / "data", courses=courses)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    yield from running(tmp_path_factory.mktemp("hurried"), SITE + SIZES)


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[RunningSite]:
    yield from running(tmp_path, SITE + IDLE_LIMIT + SIZES)


@pytest.mark.parametrize(
    ("size", "level", "news", "left", "told"),
    [
        ("nine-minutes", "soon", "Ends soon", r"[89] min left", "less than 10 minutes"),
        ("one-minute", "now", "Time is nearly up", r"\d+ s left", "less than 2 minutes"),
    ],
)
def test_a_session_that_ends_soon_says_so(
    hurried: RunningSite, page: Page, size: str, level: str, news: str, left: str, told: str
) -> None:
    with hurried.sign_in(USER) as browser:
        # given a session whose time is short
        browser.start(size=size)
        browser.ready()
        try:
            # when its trainee looks at JupyterLab
            open_lab(page, hurried)

            # then the bar says how long, and a notice says what to do
            bar = page.locator(".onboard-session-bar")
            expect(bar.get_by_role("timer")).to_have_text(re.compile(left))
            expect(bar.get_by_role("status")).to_have_text(news)
            expect(bar).to_have_attribute("data-level", level)
            expect(page.locator(".Toastify__toast")).to_contain_text(told)
            picture(page, f"time-left-{level}.png")
        finally:
            browser.end()


def test_gpu_use_and_warnings_are_shown_in_the_trainees_language(
    hurried: RunningSite, page: Page
) -> None:
    with hurried.sign_in(USER) as browser:
        browser.start(size="nine-minutes")
        browser.ready()
        try:
            # given a French browser, and a session with a GPU at work
            page.add_init_script(
                "Object.defineProperty(navigator, 'languages', {get: () => ['fr-FR', 'en']})"
            )
            told: dict[str, Any] = dict(CALM)
            page.route("**/onboard/session*", lambda route: route.fulfill(json=told))
            open_lab(page, hurried)

            # then its use and the time left are there, and nothing is near
            bar = page.locator(".onboard-session-bar")
            expect(bar).to_contain_text("GPU 35 %, 2.1/40 GiB")
            expect(bar.get_by_role("timer")).to_have_text("encore 1 h 32 min")
            expect(bar).to_have_attribute("data-level", "calm")
            page.screenshot(path=PICTURES / "time-left-gpu.png")

            # when the GPU sleeps for long, then that is said, with no button that would not help
            told["gpus"] = [{**A100, "busy_percent": 0}]
            told["warning"] = {"reason": "gpu idle", "left_s": 300}
            expect(bar.get_by_role("status")).to_have_text(
                re.compile("GPU n.est pas utilisé"), timeout=30_000
            )
            expect(page.get_by_text(re.compile("GPU n.a rien fait"))).to_be_visible()
            expect(bar.get_by_role("timer")).to_have_text(re.compile("encore [45] min"))
            expect(page.get_by_role("button", name="Je suis toujours là")).to_have_count(0)
            picture(page, "time-left-gpu-idle.png")
        finally:
            browser.end()


def test_an_idle_session_is_asked_about_and_then_ended(impatient: RunningSite, page: Page) -> None:
    with impatient.sign_in(USER) as browser:
        # given a page that lies open, which asks the server for news all the time
        browser.start(size="nine-minutes")
        browser.ready()
        open_lab(page, impatient)

        # when nobody does anything, then the trainee is asked, and one click is an answer
        asked = page.locator(".onboard-session-bar").get_by_role("status")
        expect(asked).to_have_text("Are you still here?", timeout=90_000)
        button = page.get_by_role("button", name="I am still here")
        expect(button).to_be_visible()
        picture(page, "time-left-idle.png")
        button.click()
        expect(asked).to_have_text("Ends soon")
        expect(button).to_be_hidden()

        # when nobody does anything again, then the session ends, and its job says why
        until(lambda: not browser.server(), "the idle session is over", 150)
        ends = impatient.data_dir.glob("jobs/*/end.json")
        assert [json.loads(end.read_text())["exit_code"] for end in ends] == [74]
        notice = page.locator(".onboard-session-bar").get_by_role("status")
        expect(notice).to_have_text("Session over", timeout=60_000)


def open_lab(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.address}/hub/login?next=%2Fuser%2F{USER}%2Flab")
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill(site.passwords[USER])
    page.get_by_role("button", name=re.compile("sign in", re.I)).click()
    expect(page.locator(".onboard-session-bar")).to_be_visible(timeout=90_000)


def picture(page: Page, name: str) -> None:
    # A notice slides in, the one before it slides out.
    notices = page.locator(".Toastify__toast")
    expect(notices).to_have_count(1)
    expect(notices).to_be_in_viewport(ratio=1)
    page.screenshot(path=PICTURES / name)
