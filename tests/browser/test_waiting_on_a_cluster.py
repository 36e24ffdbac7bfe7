"""What a trainee sees of the real scheduler: why they wait, why it failed, what time is left."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pictures import PICTURES
from playwright.sync_api import Page, expect
from running_cluster import as_user
from running_site import RunningSite, until

pytestmark = [pytest.mark.browser, pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(420)]

LESSON = "first-session"
PARTITION = "cpu"
# Where others wait is asked less often than where one's own job stands.
PLACE_MS = 40_000


@pytest.fixture(autouse=True)
def no_session_is_left(onebox_site: RunningSite) -> Iterator[None]:
    yield
    for user in onebox_site.passwords:
        for job in jobs_of(user):
            subprocess.run(["scancel", job], timeout=20, check=True)
        with onebox_site.sign_in(user) as trainee:
            until(
                lambda user=user, trainee=trainee: not jobs_of(user) and not trainee.server(),
                f"{user} has no session",
                60,
            )


def test_why_it_waits_is_on_the_page_as_it_changes(onebox_site: RunningSite, page: Page) -> None:
    # given a partition that is full, and somebody who waits already
    with full(PARTITION), onebox_site.sign_in("trainee02") as other:
        assert other.start(size="cpu-small").status_code == 202
        until(lambda: jobs_of("trainee02"), "the other one waits")
        # when
        start(page, onebox_site, "trainee01")
        # then
        message = page.locator("#wait-message")
        expect(message).to_contain_text("Others were here before you")
        expect(page.locator("#wait-facts")).to_contain_text("2 of 2 waiting", timeout=PLACE_MS)
        picture(page, "onebox-waiting-priority")
        # when the other one gives up
        other.api("DELETE", "/users/trainee02/server")
        # then
        expect(message).to_contain_text("Everything of this size is in use", timeout=PLACE_MS)
        expect(page.locator("#wait-facts")).to_contain_text("1 of 1 waiting", timeout=PLACE_MS)
        picture(page, "onebox-waiting-resources")
        # when an operator holds it back
        scontrol("hold", jobs_of("trainee01")[0])
        # then
        expect(message).to_contain_text("operators hold it back", timeout=PLACE_MS)
        picture(page, "onebox-waiting-held")
        # when
        page.get_by_role("button", name="Cancel").click()
        # then
        expect(page).to_have_url(re.compile("/services/courses/$"))
        until(lambda: not jobs_of("trainee01"), "the job is gone", 30)


def test_a_closed_page_loses_nothing(onebox_site: RunningSite, page: Page) -> None:
    # given a page that waits, and is closed
    with full(PARTITION) as free:
        start(page, onebox_site, "trainee01")
        expect(page.locator("#wait-message")).to_contain_text(
            "Everything of this size", timeout=PLACE_MS
        )
        page.goto("about:blank")
        # when
        page.goto(onebox_site.address)
        page.get_by_role("link", name="See where it stands").click()
        # then
        expect(page.locator("#wait-message")).to_contain_text(
            "Everything of this size", timeout=PLACE_MS
        )
        # when there is room
        free()
        # then the page leads on by itself
        expect(page).to_have_url(re.compile(r"/user/trainee01/lab/"), timeout=120_000)
    stop(page, onebox_site)


def test_a_session_that_an_operator_cancels_says_so(onebox_site: RunningSite, page: Page) -> None:
    # given
    with full(PARTITION):
        start(page, onebox_site, "trainee01")
        until(lambda: jobs_of("trainee01"), "it waits")
        # when
        subprocess.run(["scancel", *jobs_of("trainee01")], timeout=20, check=True)
        # then
        expect(page.locator("h1")).to_have_text("Your session did not start", timeout=60_000)
        expect(page.locator("main")).to_contain_text("ended by the site's operators")
        picture(page, "onebox-failed-cancelled")


def test_a_rejected_session_says_what_the_scheduler_said(
    onebox_site: RunningSite, page: Page
) -> None:
    # given a partition that takes no more
    scontrol("update", f"partitionname={PARTITION}", "state=drain")
    try:
        # when
        start(page, onebox_site, "trainee01")
        # then
        expect(page.locator("h1")).to_have_text("Your session did not start", timeout=60_000)
        expect(page.locator("main")).to_contain_text("did not accept your session")
        expect(page.locator("pre")).to_contain_text("artition")
        picture(page, "onebox-failed-rejected")
    finally:
        scontrol("update", f"partitionname={PARTITION}", "state=up")


def test_a_folder_that_cannot_be_made_says_so(onebox_site: RunningSite, page: Page) -> None:
    # given
    with no_folder("trainee04"):
        # when
        start(page, onebox_site, "trainee04")
        # then
        expect(page.locator("h1")).to_have_text("Your session did not start", timeout=120_000)
        expect(page.locator("main")).to_contain_text("folder for your courses could not be made")
        picture(page, "onebox-failed-folder")


def test_time_nearly_up(onebox_site: RunningSite, page: Page) -> None:
    # given a session that runs
    start(page, onebox_site, "trainee01")
    expect(page).to_have_url(re.compile(r"/user/trainee01/lab/"), timeout=120_000)
    # when its limit comes near
    scontrol("update", f"jobid={jobs_of('trainee01')[0]}", "timelimit=8")
    # then
    until(lambda: _is_soon(page, onebox_site), "the strip says so", 60)
    picture(page, "onebox-time-nearly-up")
    stop(page, onebox_site)


def _is_soon(page: Page, site: RunningSite) -> bool:
    page.goto(f"{site.address}/services/courses/")
    return bool(page.locator(".strip-soon #time-left", has_text=re.compile("[678] min")).count())


def start(page: Page, site: RunningSite, user: str) -> None:
    page.goto(site.address)
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(site.passwords[user])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Welcome to the AI factory").click()
    page.locator(f'form[action$="/{LESSON}"] button').first.click()


def stop(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.address}/services/courses/")
    page.get_by_role("button", name="Stop", exact=True).click()
    until(lambda: not jobs_of("trainee01"), "the job is gone", 30)
    # Who ended it needs no telling.
    expect(page.locator(".strip")).to_have_count(0, timeout=30_000)


def picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def jobs_of(user: str) -> list[str]:
    """Return the user's jobs that wait or run."""
    states = "--states=pending,running,completing"
    query = ["squeue", "--noheader", f"--user={user}", states, "--format=%i"]
    done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    return done.stdout.split()


def scontrol(*words: str) -> None:
    subprocess.run(["scontrol", *words], timeout=20, check=True)


@contextmanager
def full(partition: str) -> Iterator[Callable[[], None]]:
    """Take every node of a partition; yield what lets go of them."""
    ask = ["sinfo", "--noheader", f"--partition={partition}", "--format=%D"]
    nodes = subprocess.run(ask, capture_output=True, text=True, timeout=20, check=True).stdout
    argv = ["sbatch", "--parsable", f"--partition={partition}", f"--nodes={nodes.strip()}"]
    done = subprocess.run(
        [*argv, "--exclusive", "--time=20", "--output=/dev/null", "--chdir=/", "--wrap=sleep 900"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    job = done.stdout.strip()

    def free() -> None:
        subprocess.run(["scancel", job], timeout=20, check=False)

    try:
        until(lambda: _state(job) == "RUNNING", "the partition is full", 60)
        yield free
    finally:
        free()
        until(lambda: not _state(job), "the partition is free", 60)


def _state(job: str) -> str:
    states = "--states=pending,running,completing"
    query = ["squeue", "--noheader", f"--jobs={job}", states, "--format=%T"]
    done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    return done.stdout.strip()


@contextmanager
def no_folder(user: str) -> Iterator[None]:
    """Put a file where the user's folder of courses would be."""
    folder = Path(f"/home/{user}/courses")
    aside = folder.with_name("courses.aside")
    if folder.exists():
        folder.rename(aside)
    assert as_user(user, "touch", str(folder)).returncode == 0
    try:
        yield
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)
