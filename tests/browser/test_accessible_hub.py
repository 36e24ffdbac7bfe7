"""The hub's own pages for everybody: each that we have a template for, on a site that is up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files

import httpx
import psutil
import pytest
from accessible import check, looks
from playwright.sync_api import Page, expect
from running_site import Browser, RunningSite, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

SEEN_HERE = {
    "404.html",
    "error.html",
    "home.html",
    "login.html",
    "logout.html",
    "not_running.html",
    "page.html",
    "size_form.html",
    "spawn.html",
    "spawn_pending.html",
    "stop_pending.html",
    "token.html",
}
PAGES = {
    "home": "/hub/home",
    "spawn": "/hub/spawn",
    "token": "/hub/token",
    "not-found": "/hub/no-such-page",
    "error-403": "/hub/error/403",
    "error-503": "/hub/error/503",
    "not-running": "/user/trainee/lab",
    "spawn-refused": "/hub/spawn?size=none",
}


@pytest.fixture(scope="module")
def user(local_site: RunningSite) -> Iterator[Browser]:
    with local_site.sign_in(next(iter(local_site.passwords))) as browser:
        yield browser
        if browser.server():
            browser.end()


@pytest.fixture
def trainee(page: Page, local_site: RunningSite, user: Browser) -> Page:
    page.goto(f"{local_site.address}/hub/login")
    page.get_by_label("User name").fill(user.user)
    page.get_by_label("Password").fill(local_site.passwords[user.user])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Courses")).to_be_visible()
    return page


def test_each_template_of_ours_is_looked_at() -> None:
    folder = files("hub_config").joinpath("templates")
    assert {one.name for one in folder.iterdir()} == SEEN_HERE


def test_sign_in_and_sign_out(page: Page, local_site: RunningSite) -> None:
    for view in looks(page, f"{local_site.address}/hub/login"):
        check(page, f"login-{view}")
        # when the password is wrong
        page.locator("#username_input").fill("trainee")
        page.locator("#password_input").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page, f"login-wrong-{view}")
    for view in looks(page, f"{local_site.address}/hub/logout"):
        check(page, f"logout-{view}")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_hub(trainee: Page, local_site: RunningSite, name: str) -> None:
    for view in looks(trainee, local_site.address + PAGES[name]):
        check(trainee, f"hub-{name}-{view}")


def test_what_a_session_on_its_way_shows(
    trainee: Page, local_site: RunningSite, user: Browser
) -> None:
    # the page to wait on leads on at once to the one of the courses: here it may not
    trainee.route("**/services/courses/wait", lambda route: route.fulfill(status=204))
    pending = f"{local_site.address}/hub/spawn-pending/{user.user}"
    # given a session whose server is held up while it starts
    user.start()
    with held_up(local_site, user.user):
        for view in looks(trainee, pending):
            expect(trainee.locator("h1")).to_be_visible()
            check(trainee, f"hub-spawn-pending-{view}")
        for view in looks(trainee, f"{local_site.address}/hub/home"):
            check(trainee, f"hub-home-starting-{view}")
    # given that it runs
    user.ready()
    for view in looks(trainee, f"{local_site.address}/hub/home"):
        check(trainee, f"hub-home-running-{view}")
    # given that it does not heed its end
    with held_up(local_site, user.user):
        with pytest.raises(httpx.ReadTimeout):  # the hub answers once it has ended
            user.api("DELETE", f"/users/{user.user}/server", timeout=1)
        trainee.goto(pending)
        expect(trainee.locator("#ending")).to_be_visible()
        check(trainee, "hub-stop-pending")
    # then the page itself goes on once it has ended
    until(lambda: not user.server(), "the session is over", 30)
    expect(trainee.locator("#ending")).to_have_count(0)


@contextmanager
def held_up(site: RunningSite, name: str) -> Iterator[None]:
    """Have the processes of a session stand still."""
    server = until(lambda: site.session_servers(name), "the session's server is there", 30)[0]
    # Who runs it too: it would kill what does not end.
    runner = [one for one in server.parents() if "local_runner" in " ".join(one.cmdline())]
    assert runner
    for process in (*runner, server):
        process.suspend()
    try:
        yield
    finally:
        for process in (server, *runner):
            with suppress(psutil.NoSuchProcess):
                process.resume()
