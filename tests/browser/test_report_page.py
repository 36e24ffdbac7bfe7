"""The page of a validation in a real browser: it reads well, loads nothing and runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord
from courses.validation.reports.html import write_html

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

ATTACK = "</style></pre><script>document.title='mine'</script><img src=x onerror=alert(1)>"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" onload="alert(1)">'
    '<image href="http://127.0.0.1:9/x.png"/><rect width="40" height="20"/></svg>'
)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """The page of a course with 200 lessons, one of which failed with an attack in its cell."""
    outputs = (
        {"output_type": "display_data", "data": {"text/html": ATTACK, "image/svg+xml": SVG}},
    )
    bad = CellResult(
        id="a-cell-with-quite-a-long-id-that-does-not-fit",
        line=12,
        outcome=Outcome.FAILED,
        seconds=2,
        message=ATTACK,
        detail=ATTACK + "x" * 400,
        source=ATTACK,
        outputs=outputs,
    )
    lessons = [
        LessonResult(
            lesson=f"lesson-{n}",
            notebook=f"lesson-{n}.ipynb",
            outcome=Outcome.PASSED,
            seconds=3,
            started_s=n,
            budget_s=60,
            cells=(CellResult(id="c", line=1, outcome=Outcome.PASSED, seconds=2),),
        )
        for n in range(200)
    ]
    lessons[7] = lessons[7].model_copy(update={"outcome": Outcome.FAILED, "cells": (bad,)})
    record = ValidationRecord(
        course="many",
        version="1.0.0",
        content_hash="a" * 64,
        machine="here",
        started_at="2026-01-01T00:00:00+00:00",
        validated_at="2026-01-01T00:01:00+00:00",
        seconds=203,
        outcome=Outcome.FAILED,
        lessons=tuple(lessons),
    )
    write_html(record, tmp_path, tmp_path / "report.html")
    return tmp_path / "report.html"


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_the_page_reads_well_and_does_nothing(
    page: Page, report: Path, width: int, theme: str
) -> None:
    # given a browser that notes what the page asks for, and what its policy refused
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 800})

    # when it is opened
    page.goto(report.as_uri())

    # then the attack is text, the picture is a picture, and nothing was loaded or refused
    expect(page.get_by_text(ATTACK).first).to_be_visible()
    expect(page).to_have_title("many 1.0.0: failed")
    picture = page.locator(".output img")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 40
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []
    assert said == []

    # and it is as wide as the screen, its style is on, and what passed can be put away
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 21, 28)"
    assert dark == (theme == "dark")
    expect(page.locator(".lesson:visible")).to_have_count(200)
    page.get_by_label("not passed").check()
    expect(page.locator(".lesson:visible")).to_have_count(1)
