"""The checks of pages find what they look for: else a page without findings says nothing."""

from __future__ import annotations

import pytest
from axe import violations
from narrow import misfits
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STRICT = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
GOOD = '<main><h1>Words</h1><button type="button">Press</button></main>'
NAMELESS = f'<button id="nameless" type="button">{"&nbsp;" * 8}</button>'
BAD = f'<main><h1>Words</h1>{NAMELESS}<input id="bare"></main>'


def shown(page: Page, body: str) -> Page:
    page.set_content(f'<!DOCTYPE html><html lang="en"><head>{STRICT}<title>A page</title></head>')
    page.locator("body").evaluate("(body, html) => { body.innerHTML = html; }", body)
    return page


def test_defects_are_found_on_a_page_that_allows_no_script(page: Page) -> None:
    # when
    found = violations(shown(page, BAD))
    # then
    assert {(one.rule, one.selector) for one in found} == {
        ("button-name", "#nameless"),
        ("label", "#bare"),
    }
    assert "button-name (critical)" in repr(found)


def test_a_page_without_defects_has_none(page: Page) -> None:
    assert violations(shown(page, GOOD)) == []


def test_defects_elsewhere_are_not_counted(page: Page) -> None:
    assert violations(shown(page, BAD), include="#bare")[0].rule == "label"
    assert [one.rule for one in violations(page, exclude=["#bare"])] == ["button-name"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<div id="long">' + "x" * 200 + "</div>", "the page is "),
        ('<p id="hides">' + "y" * 200 + "</p>", "cut off: p#hides"),
        ('<p id="far">z</p>', "beyond the edge: p#far"),
    ],
)
def test_what_does_not_fit_a_narrow_screen_is_found(page: Page, body: str, said: str) -> None:
    # given a page on a phone, styled from outside: its policy allows it no style
    page.set_viewport_size({"width": 360, "height": 640})
    shown(page, body)
    page.evaluate(
        "Object.assign(document.getElementById('hides')?.style ?? {}, {overflow: 'hidden'})"
    )
    page.evaluate(
        "Object.assign(document.getElementById('far')?.style ?? {},"
        " {position: 'absolute', left: '355px', width: '40px'})"
    )
    # then
    assert any(one.startswith(said) for one in misfits(page)), misfits(page)


def test_what_scrolls_by_itself_fits(page: Page) -> None:
    # given
    page.set_viewport_size({"width": 360, "height": 640})
    shown(page, '<div id="wide"><pre>' + "x" * 400 + "</pre></div>")
    # when
    page.evaluate("document.getElementById('wide').style.overflowX = 'auto'")
    # then
    assert misfits(page) == []
