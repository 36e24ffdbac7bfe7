"""From a trainee's cells to the instructor's page, on the real scheduler, over an outage."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pictures import PICTURES
from playwright.sync_api import Locator, Page, expect
from published import publish
from running_site import RunningSite, until

from courses.catalogue import Catalogue
from hub_config.site import text

pytestmark = [pytest.mark.browser, pytest.mark.slurm, pytest.mark.slow, pytest.mark.timeout(500)]

TRAINEE, INSTRUCTOR = "trainee01", "trainee02"
AWAY_S = 60.0
ARRIVES_MS = 5_000
AT_ONCE_MS = 5_000
COURSE = """
id = "{id}"
version = "1.0.0"
title = "Two exercises and a quiz"
summary = "For a test."
authors = ["A. Teacher"]
licence = "CC BY 4.0"
[[lessons]]
id = "first"
title = "Doubling"
summary = "Twice as much."
notebook = "first.ipynb"
duration_minutes = 5
"""
HEAD = """
from courses.learn import FunctionCheck, exercise, lesson, quiz
lesson("{id}", "first", exercises=["double", "sum", "triple"])
"""
CHECK = """
exercise(
    "{name}",
    lambda: {name},
    title="{name}",
    checks=[FunctionCheck("It works", lambda x: {times} * x, "Multiply.", inputs=[(2,), (3,)])],
)
"""
QUESTION = "What is 1 + 1?"
QUIZ = """
quiz("sum", question="{question}", choices={{"two": "2", "three": "3"}}, answer="two")
"""


@pytest.fixture
def course() -> Iterator[str]:
    """A course that nobody ever had; gone from the trainee's home afterwards."""
    course = f"arriving-{secrets.token_hex(4)}"
    home = Path(f"/home/{TRAINEE}")
    # JupyterLab opens what was open last time, too.
    windows = home / ".jupyter" / "lab" / "workspaces"
    shutil.rmtree(windows, ignore_errors=True)
    yield course
    for folder in (windows, home / "courses" / course):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def arriving(
    course: str, cluster_layout: object, public_folder: Path, tmp_path: Path
) -> Iterator[RunningSite]:
    """The site `onebox` with that course, and somebody who instructs it."""
    file = public_folder / "arriving.toml"
    instructors = f'\n[learning]\ninstructors = {{ {course} = ["{INSTRUCTOR}"] }}\n'
    file.write_text(text("onebox") + instructors, encoding="utf-8")
    site = RunningSite(str(file), public_folder / "data", courses=tmp_path)
    publish(Catalogue(site.data_dir / "catalogue"), written(public_folder / "source", course))
    try:
        site.start()
        yield site
    finally:
        # Also where the test ended with a hub that could not do it.
        subprocess.run(["scancel", f"--user={TRAINEE}"], timeout=20, check=False)
        site.stop()


def written(folder: Path, course: str) -> Path:
    """Write the course's own files."""
    cells = [
        HEAD.format(id=course),
        "double = ...",
        CHECK.format(name="double", times=2),
        QUIZ.format(question=QUESTION),
        "triple = ...",
        CHECK.format(name="triple", times=3),
    ]
    folder.mkdir()
    (folder / "course.toml").write_text(COURSE.format(id=course), encoding="utf-8")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    code = [new_code_cell(cell.strip()) for cell in cells]
    notebook = new_notebook(cells=code, metadata=kernel)
    nbformat.write(notebook, folder / "first.ipynb")
    return folder


def test_each_event_reaches_the_instructors_page_once(
    arriving: RunningSite, course: str, page: Page
) -> None:
    # given an instructor who looks at the class all the time, and a trainee in its lesson
    watching = page.context.browser.new_context().new_page()
    sign_in(watching, arriving, INSTRUCTOR)
    watching.goto(f"{arriving.address}/services/courses/class/{course}")
    sign_in(page, arriving, TRAINEE)
    open_lesson(page, course)

    # when the trainee is wrong, then right, and answers the quiz
    run(page, "lesson(")
    try_(page, "double", "lambda x: x + 2", "wrong")
    try_(page, "double", "lambda x: 2 * x", "right")
    run(page, "quiz(")
    quiz = page.locator(".onboard-quiz")
    quiz.get_by_text("2", exact=True).click()
    quiz.get_by_role("button", name="Check my answer").click()
    expect(quiz).to_have_class(re.compile("onboard-right"))

    # then the instructor sees it
    shows(watching, "double", tries=2, right=1)
    shows(watching, QUESTION, tries=1, right=1)

    # when the trainee loads the page again
    page.keyboard.press("Control+S")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    page.reload()

    # then each shows its last state
    expect(panel(page, "double", "right")).to_be_visible()
    expect(page.locator(".onboard-quiz.onboard-right")).to_be_visible()
    picture(page, "onebox-arriving-reloaded")

    # when the hub is gone for a minute, and the trainee goes on
    with killed(arriving):
        expect(watching.locator("#class-note")).to_be_visible()
        picture(watching, "onebox-arriving-away")
        try_(page, "triple", "lambda x: x", "wrong", within_ms=AT_ONCE_MS)
        try_(page, "triple", "lambda x: 3 * x", "right", within_ms=AT_ONCE_MS)
        picture(page, "onebox-arriving-lesson")
    until(lambda: answers(arriving), "the course pages are back", 60)

    # then all is on the instructor's page, which nobody has touched
    shows(watching, "triple", tries=2, right=1)
    picture(watching, "onebox-arriving-class")
    shows(watching, "double", tries=2, right=1)
    shows(watching, QUESTION, tries=1, right=1)
    expect(watching.locator("#class-note")).to_be_hidden()

    # and each event is stored once
    told = in_outbox(course)
    assert Counter(told.values()) == {
        "lesson-opened": 1,
        "exercise-attempted": 4,
        "quiz-answered": 1,
    }
    assert stored(arriving, course) == Counter(told.keys())


@contextmanager
def killed(site: RunningSite) -> Iterator[None]:
    """Kill the hub and the course pages, have neither for a minute, then let them be started."""
    supervisor = psutil.Process(site.process.pid)
    since = time.monotonic()
    # What starts them again has to wait.
    supervisor.send_signal(signal.SIGSTOP)
    try:
        for process in (site.hub_process(), site.course_pages()):
            process.kill()
        yield
        time.sleep(max(0.0, since + AWAY_S - time.monotonic()))
    finally:
        supervisor.send_signal(signal.SIGCONT)


def answers(site: RunningSite) -> bool:
    """Whether the hub answers, and the course pages do."""
    paths = ("/hub/health", "/services/courses/")
    try:
        return all(httpx.get(f"{site.address}{path}").status_code in (200, 302) for path in paths)
    except httpx.HTTPError:
        return False


def sign_in(page: Page, site: RunningSite, user: str) -> None:
    page.goto(site.address)
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password").fill(site.passwords[user])
    page.get_by_role("button", name=re.compile("sign in", re.I)).click()
    expect(page).to_have_url(re.compile("/services/courses/"))


def open_lesson(page: Page, course: str) -> None:
    page.goto(page.url + f"courses/{course}")
    page.locator('form[action$="/first"] button').first.click()
    expect(page.locator(".jp-Notebook:visible")).to_be_visible(timeout=120_000)
    # The notebook's own sign says so before there is a kernel: a cell would ask for one.
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=120_000)


def cell(page: Page, said: str) -> Locator:
    return page.locator(".jp-Notebook:visible .jp-CodeCell", has_text=said).first


def run(page: Page, said: str) -> None:
    cell(page, said).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def try_(page: Page, name: str, answer: str, state: str, within_ms: float = 60_000) -> None:
    """Write an answer, run it and its check, and wait for the judgement."""
    cell(page, f"{name} = ").locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(f"{name} = {answer}")
    page.keyboard.press("Control+Enter")
    run(page, f'title="{name}"')
    expect(panel(page, name, state)).to_be_visible(timeout=within_ms)


def panel(page: Page, name: str, state: str) -> Locator:
    return cell(page, f'title="{name}"').locator(f".onboard-exercise.onboard-{state}")


def shows(page: Page, exercise: str, *, tries: int, right: int) -> None:
    """Wait until the page of the class has these figures of one person's exercise."""
    name = page.get_by_role("rowheader", name=exercise, exact=True)
    cells = page.locator('[data-part="exercises"] tr', has=name).get_by_role("cell")
    anything = re.compile(".*")
    figures = ["Doubling", f"{right} of 1", str(tries), anything, anything]
    expect(cells).to_have_text(figures, timeout=ARRIVES_MS)


def picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def in_outbox(course: str) -> dict[str, str]:
    """Return the id and kind of each event that the trainee's kernel wrote."""
    outbox = Path(f"/home/{TRAINEE}/courses/.onboard/outbox")
    lines = [line for file in outbox.glob("*.jsonl") for line in file.read_text().splitlines()]
    events = [json.loads(line) for line in lines]
    return {one["id"]: one["kind"] for one in events if one["course"] == course}


def stored(site: RunningSite, course: str) -> Counter[str]:
    database = site.data_dir / "hub" / "learning.sqlite"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT id FROM events WHERE course = ?", (course,))
        return Counter(row[0].hex() for row in rows)
