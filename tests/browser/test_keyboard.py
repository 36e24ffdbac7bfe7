"""A lesson without a mouse: from the courses page into JupyterLab, and through all that it asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lab as labs
import pytest
from lab import Lab
from playwright.sync_api import Locator, Page, expect
from running_site import RunningSite

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

BEGIN = """
from courses.learn import Check, exercise, lesson, quiz
lesson("welcome", "first", exercises=["double", "one", "many", "speed", "order"])
"""
EXERCISE = """
exercise(
    "double", lambda: x, title="Doubling", checks=[Check("It is 6", lambda x: x == 6, "Add.")],
    hints=["Think.", "3 + 3"], solution="x = 3 * 2", solution_after=1,
)
"""
SOME = 'choices={"a": "Alpha", "b": "Beta", "c": "Gamma"}'
QUIZZES = {
    "one": f'quiz("one", question="Which?", {SOME}, answer="b", feedback={{"b": "Well read."}})',
    "many": f'quiz("many", question="All?", kind="multiple", {SOME}, answer=["a", "c"])',
    "speed": 'quiz("speed", question="How fast?", kind="numeric", answer=300, unit="km/s")',
    "order": f'quiz("order", question="Order?", kind="ordering", {SOME}, answer=["b", "a", "c"])',
}
LESSON = [BEGIN, "x = 3", EXERCISE, *QUIZZES.values(), "print('the end')"]
FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return `${style.outlineStyle} ${style.outlineWidth}`;
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("keyboard")
    (folder / "work").mkdir()
    with labs.running(folder / "work", folder / "catalogue") as running:
        yield running


def tab_to(page: Page, wanted: Locator, key: str = "Tab", most: int = 25) -> None:
    """Press Tab until the element has the focus; the focus has to be seen on each of ours."""
    for _ in range(most):
        page.keyboard.press(key)
        if is_in_ours(page):
            assert page.evaluate(FOCUS) == "solid 3px", page.evaluate(
                "document.activeElement.outerHTML"
            )
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail(f"not reached with {most} times {key}: {wanted}")


def is_in_ours(page: Page) -> bool:
    return bool(page.evaluate("document.activeElement.closest('.onboard-exercise') !== null"))


class Keyboard:
    """Somebody at the keyboard in a notebook, who has run so many cells."""

    def __init__(self, page: Page) -> None:
        self.page, self.runs = page, 0

    @property
    def cell(self) -> Locator:
        return self.page.locator(".jp-Cell.jp-mod-active")

    def run(self) -> None:
        """Run the cell that has the focus, and stay on it."""
        expect(self.cell).to_be_focused()
        self.page.keyboard.press("Control+Enter")
        self.runs += 1
        expect(self.cell.locator(".jp-InputPrompt")).to_have_text(f"[{self.runs}]:")

    def next_cell(self) -> None:
        """Leave the widgets of a cell, backwards, and go on to the next."""
        if not self.cell.evaluate("one => one === document.activeElement"):
            tab_to(self.page, self.cell, "Shift+Tab")
        self.page.keyboard.press("ArrowDown")

    def press(self, name: str | re.Pattern[str]) -> Locator:
        """Go to a button of the cell and press it: it must keep the focus."""
        button = self.cell.get_by_role("button", name=name)
        if not button.evaluate("one => one === document.activeElement"):
            tab_to(self.page, button)
        self.page.keyboard.press("Space")
        return button

    def hears(self, text: str | re.Pattern[str]) -> None:
        """A screen reader is told this, in a live region that was there before."""
        expect(self.page.locator(".onboard-announcer[role='status']")).to_contain_text(text)


def test_a_lesson_is_done_with_the_keyboard_alone(lab: Lab, page: Page) -> None:
    # given a lesson, on whose first cell JupyterLab puts the keyboard
    lab.write("first.ipynb", LESSON)
    lab.open(page, "lab/tree", "first.ipynb")
    keys = Keyboard(page)
    expect(page.locator(".onboard-announcer")).to_have_text("")
    for _ in range(2):
        keys.run()
        keys.next_cell()

    # when a wrong answer is checked, then that is heard
    keys.run()
    keys.hears("Wrong It is 6 Add.")

    # when hints and the solution are asked for, then they come one by one, and the focus stays
    keys.press("Show a hint (2 left)")
    keys.hears("Hint 1: Think.")
    keys.press("Show a hint (1 left)")
    keys.hears("Hint 2: 3 + 3")
    expect(keys.cell.get_by_role("button", name="No more hints")).to_be_focused()
    keys.press("Show the solution")
    keys.hears("x = 3 * 2")
    expect(keys.cell.get_by_role("button", name="Hide the solution")).to_be_focused()

    # when the answer is put right, then that is heard too
    tab_to(page, keys.cell, "Shift+Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("x = 6")
    page.keyboard.press("Escape")
    keys.run()
    keys.next_cell()
    keys.run()
    keys.hears("Right It is 6")
    keys.hears("Right so far: 1 of 5.")

    # when a choice is made with arrows, then it is made, and the notebook stays where it is
    keys.next_cell()
    keys.run()
    tab_to(page, keys.cell.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    expect(keys.cell.get_by_role("radio", name="Beta")).to_be_checked()
    check = keys.press("Check my answer")
    keys.hears("Well read.")
    expect(check).to_be_focused()

    # and boxes with the space bar
    keys.next_cell()
    keys.run()
    for name in ("Alpha", "Gamma"):
        tab_to(page, keys.cell.get_by_role("checkbox", name=name))
        page.keyboard.press("Space")
    keys.press("Check my answer")
    keys.hears("Right so far: 3 of 5.")

    # and a number
    keys.next_cell()
    keys.run()
    tab_to(page, keys.cell.get_by_label("Your answer in km/s"))
    page.keyboard.type("300")
    keys.press("Check my answer")
    keys.hears("Right so far: 4 of 5.")

    # and an order, by arrows and by letters
    keys.next_cell()
    keys.run()
    for number, key in enumerate(("b", "ArrowDown", "g"), start=1):
        tab_to(page, keys.cell.get_by_label(f"Place {number}"))
        page.keyboard.press(key)
    keys.press("Check my answer")
    keys.hears("Right so far: 5 of 5.")

    # then the end of the lesson is reached, and no letter has changed the notebook
    keys.next_cell()
    keys.run()
    expect(keys.cell).to_contain_text("the end")
    expect(page.locator(".jp-Cell")).to_have_count(len(LESSON))

    # and Tab leads out of the notebook again: it is no trap
    for _ in range(10):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.jp-Notebook') === null")


def test_what_was_there_before_is_not_read_out_again(lab: Lab, page: Page) -> None:
    # given a lesson that has run, and is saved
    lab.write("again.ipynb", LESSON[:3])
    lab.open(page, "lab/tree", "again.ipynb")
    lab.run_cells(page, 3)
    Keyboard(page).hears("Add.")
    page.keyboard.press("Escape")
    with page.expect_response(
        lambda one: "api/contents" in one.url and one.request.method == "PUT"
    ):
        page.keyboard.press("Control+S")
    # when the page is loaded again
    page.reload()
    expect(page.locator(".onboard-exercise.onboard-wrong")).to_be_visible()
    # then nobody is told anything
    expect(page.locator(".onboard-announcer")).to_have_text("")


def test_a_lesson_is_begun_with_the_keyboard_alone(local_site: RunningSite, page: Page) -> None:
    # given somebody who signs in
    user = next(iter(local_site.passwords))
    page.goto(local_site.address)
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(user)
    page.keyboard.press("Tab")
    page.keyboard.type(local_site.passwords[user])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/services/courses/"))
    with local_site.sign_in(user) as browser:
        try:
            # when they skip to the content, and go to a course and its first lesson
            page.keyboard.press("Tab")
            expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
            page.keyboard.press("Enter")
            tab_to(page, page.get_by_role("link", name="Welcome to the AI factory").first)
            page.keyboard.press("Enter")
            expect(page).to_have_url(re.compile("/courses/welcome"))
            button = page.locator("form[action$='/first-session'] button").first
            tab_to(page, button, most=40)
            assert page.evaluate(FOCUS) == "solid 3px"
            page.keyboard.press("Enter")
            # then they are on the first cell of its notebook
            expect(page).to_have_url(re.compile(r"first-session\.ipynb"), timeout=120_000)
            expect(page.locator(".jp-Cell.jp-mod-active")).to_be_focused(timeout=60_000)
        finally:
            browser.end()
