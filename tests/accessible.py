"""What every page has to be, in each view in which the tests look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe import EVERYTHING, violations
from narrow import misfits
from pictures import PICTURES
from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class View:
    """How somebody looks at a page."""

    language: str
    width: int
    theme: str

    def take(self, page: Page) -> None:
        """Have the browser look so from now on."""
        cookie = {"name": "onboard-language", "value": self.language, "domain": "127.0.0.1"}
        page.context.add_cookies([{**cookie, "path": "/"}])
        page.set_viewport_size({"width": self.width, "height": 800})
        page.emulate_media(color_scheme=self.theme, reduced_motion="reduce")

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.theme}"


VIEWS = (View("en", 1280, "light"), View("fr", 360, "light"), View("de", 360, "dark"))


def looks(page: Page, address: str) -> Iterator[View]:
    """Open the page in each view."""
    for view in VIEWS:
        view.take(page)
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", view.language)
        yield view


def check(page: Page, name: str) -> None:
    """Fail with all that is wrong with the page as it is now, and leave a picture."""
    page.screenshot(path=PICTURES / f"accessible-{name}.png", full_page=True)
    found = [*map(repr, violations(page, impacts=EVERYTHING)), *misfits(page)]
    if found:
        pytest.fail(f"{name}: {page.url}\n" + "\n".join(found), pytrace=False)
