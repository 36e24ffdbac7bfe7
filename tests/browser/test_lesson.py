"""A trainee in a real browser: sign in, start a lesson, solve its exercise, end the session."""

from __future__ import annotations

import re
import subprocess

import httpx
import pytest
from pictures import PICTURES
from playwright.sync_api import Page, expect
from running_site import RunningSite, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(420)]

SOLUTION = "    return np.abs(after - before).max()"


def test_a_trainee_solves_the_exercise_of_a_lesson(site: RunningSite, page: Page) -> None:
    user = next(iter(site.passwords))
    sign_in(page, site, user)
    page.screenshot(path=PICTURES / f"{site.name}-courses.png", full_page=True)

    start_lesson(page, "first-speed-up")
    notebook = page.locator(".jp-Notebook:visible")
    expect(notebook).to_be_visible(timeout=120_000)
    expect(page).to_have_url(re.compile(r"first-speed-up\.ipynb"))
    job_has_a_gpu(site, user)

    wait_for_kernel(page)
    solve(page)
    run_all_cells(page)

    green = page.locator(".onboard-exercise.onboard-right")
    expect(green).to_be_visible(timeout=120_000)
    green.scroll_into_view_if_needed()
    page.screenshot(path=PICTURES / f"{site.name}-lesson.png")

    token_is_refused_after_stop(page, site, user)


def sign_in(page: Page, site: RunningSite, user: str) -> None:
    page.goto(site.address)
    page.screenshot(path=PICTURES / f"{site.name}-login.png")
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(site.passwords[user])
    page.get_by_role("button", name=re.compile("sign in", re.I)).click()
    expect(page).to_have_url(re.compile("/services/courses/"))


def start_lesson(page: Page, lesson: str) -> None:
    page.get_by_role("link", name=re.compile("Welcome to the AI factory")).first.click()
    page.locator(f'form[action$="/{lesson}"] button, form[action*="{lesson}"] button').first.click()


def wait_for_kernel(page: Page) -> None:
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_be_attached(
        timeout=120_000
    )


def solve(page: Page) -> None:
    cell = page.locator(".jp-CodeCell", has_text="def largest_change_numpy").first
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("def largest_change_numpy(before, after):\n" + SOLUTION)


def run_all_cells(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def job_has_a_gpu(site: RunningSite, user: str) -> None:
    """On the cluster: the scheduler knows the job under the trainee's own name, with a GPU."""
    if site.name != "onebox":
        return
    query = ["squeue", "--noheader", f"--user={user}", "--states=running", "--format=%u|%b"]
    shown = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    assert re.fullmatch(rf"{user}\|gres[:/]gpu(:\w+)?:1", shown.strip()), shown


def token_is_refused_after_stop(page: Page, site: RunningSite, user: str) -> None:
    """Stop from the course page: the job ends within 10 s, and its token opens nothing."""
    token = site.session_token(user)
    me = {"headers": {"Authorization": f"token {token}"}, "timeout": 20}
    assert httpx.get(f"{site.address}/hub/api/user", **me).status_code == 200

    page.goto(f"{site.address}/services/courses/")
    page.screenshot(path=PICTURES / f"{site.name}-running.png", full_page=True)
    page.get_by_role("button", name=re.compile("^(stop|end)", re.I)).first.click()

    until(lambda: not site.session_servers(user), "the job has ended", 10)
    until(
        lambda: httpx.get(f"{site.address}/hub/api/user", **me).status_code == 403,
        "the token is refused",
        10,
    )
