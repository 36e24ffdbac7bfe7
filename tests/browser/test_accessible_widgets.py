"""Exercises, quizzes, header and session panel for everybody: in JupyterLab and in Notebook 7.

Only what is ours is looked at: `docs/accessibility.md` says what is known of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import lab as labs
import pytest
from accessible import check, looks
from axe import EVERYTHING, violations
from lab import Lab
from narrow import misfits
from pages_on_a_fake_hub import COURSE, LOOK
from pictures import PICTURES
from playwright.sync_api import Page, expect
from published import publish

from courses.authoring import manifest
from courses.catalogue import Catalogue

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

OURS = ".onboard-exercise"
BEGIN = """
from courses.learn import Check, answer, exercise, lesson, quiz, session, show_hint, show_solution
lesson("welcome", "first", exercises=["right", "wrong", "speed"], language="{language}")
"""
EXERCISES = """
double = [Check("3 gives 6", lambda x: x == 6, "It gives another number: multiply it by 2.")]
help = dict(hints=["Think of adding.", "3 + 3"], solution="3 * 2  # " + "x" * 90, solution_after=1)
exercise("right", lambda: 6, title="Right", checks=double)
exercise("wrong", lambda: 5, title="Wrong", checks=double, **help)
exercise("empty", lambda: ..., title="Not attempted", checks=double)
exercise("broken", lambda: 6, title="Broken", checks=[Check("It breaks", lambda x: x.y, "")])
show_hint("wrong")
show_solution("wrong")
"""
QUIZZES = """
some = {"a": "The first of them, which is quite long: " + "words " * 20, "b": "Beta", "c": "Gamma"}
quiz("one", question="Which one?", choices=some, answer="a", feedback={"b": "Not this one."})
quiz("many", question="Which ones?", kind="multiple", choices=some, answer=["a", "b"])
quiz("speed", question="How fast?", kind="numeric", answer=300, tolerance=1, unit="km/s")
quiz("order", question="In which order?", kind="ordering", choices=some, answer=["b", "a", "c"])
answer("one", "b")
answer("many", "a", "b")
answer("speed", 12)
answer("order", "b", "a", "c")
session()
"""
SHOWN = 1 + 6 + 8 + 1


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "work").mkdir()
    release(folder, "1.2.0")
    with labs.running(folder / "work", folder / "catalogue") as running:
        yield running


def release(folder: Path, version: str) -> None:
    """Publish the course `welcome`."""
    source = folder / f"source-{version}"
    source.mkdir()
    (source / "course.toml").write_text(COURSE.replace("1.2.0", version))
    for lesson in manifest.load(source).lessons:
        labs.write_notebook(source / lesson.notebook, [f"print('{version}')"])
    publish(Catalogue(folder / "catalogue"), source)


@pytest.mark.parametrize(
    ("app", "language", "width"), [("lab/tree", "de", 1280), ("notebooks", "fr", 360)]
)
def test_everything_in_a_lesson_is_for_everybody(
    lab: Lab, page: Page, app: str, language: str, width: int
) -> None:
    # given a lesson with every widget in every state
    name = f"{language}/all.ipynb"
    lab.write(name, [BEGIN.format(language=language), EXERCISES, QUIZZES])
    page.set_viewport_size({"width": width, "height": 900})
    lab.open(page, app, name)
    # when its cells run
    lab.run_cells(page, 3)
    expect(page.locator(f"{OURS}:visible")).to_have_count(SHOWN)
    # then a screen reader is told, and nothing of ours breaks a rule, on light and on dark
    expect(page.locator(".onboard-announcer[role='status']")).not_to_have_text("")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        is_light = str(theme == "light").lower()
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", is_light)
        page.screenshot(path=PICTURES / f"widgets-{app[:3]}-{theme}.png")
        found = [*map(repr, violations(page, include=OURS, impacts=EVERYTHING))]
        found += misfits(page, within=OURS)
        assert not found, "\n".join(found)


def test_the_pages_of_a_session_are_for_everybody(lab: Lab, page: Page) -> None:
    # given a trainee who has the lesson, and then a new release of it
    page.route(
        "**/hub/look/*",
        lambda route: route.fulfill(path=LOOK / route.request.url.rsplit("/", 1)[1]),
    )
    page.goto(lab.url("onboard/open/welcome/first"))
    page.wait_for_url("**/lab/tree/welcome/first.ipynb*")
    release(lab.folder.parent, "1.3.0")
    # when they open what a session shows, in each view, then each page is in order
    for view in looks(page, lab.url("onboard/reset/welcome/first")):
        check(page, f"reset-{view}")
    for view in looks(page, lab.url("onboard/open/welcome/nothing")):
        check(page, f"no-lesson-{view}")
    for view in looks(page, lab.url("onboard/reset/welcome/first")):
        lab.write("welcome/first.ipynb", [f"print('mine, in {view}')"])
        page.locator("form button").click()
        page.locator(".wait").wait_for()
        check(page, f"notices-{view}")
