"""What of a page does not fit the screen: it scrolls sideways, or words are cut off."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_SCRIPT = Path(__file__).with_name("misfits.js").read_text(encoding="utf-8")


def misfits(page: Page, within: str | None = None) -> list[str]:
    """Return what is beyond the edge of the screen or cut off, a line each.

    `within` is a selector: then what stands elsewhere on the page does not count.
    """
    found: list[str] = page.evaluate(_SCRIPT, within)
    return found
