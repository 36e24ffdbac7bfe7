"""An instructor's page of a class, in a real browser: it shows by itself what is new."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from fake_hub import PAGES, SESSION_TOKEN, FakeHub
from learned import NOON, raw
from pages_on_a_fake_hub import PREFIX, served, sign_in
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INSTRUCTOR = "the-token-of-tess"


def send(address: str, **changed: object) -> None:
    one = raw(time.time() - NOON.timestamp(), **changed)
    headers = {"Authorization": f"token {SESSION_TOKEN}"}
    url = f"{address}{PREFIX}api/events"
    assert httpx.post(url, json=[one], headers=headers).json()["accepted"] == 1


def test_a_class_is_up_to_date_without_a_reload(page: Page, tmp_path: Path) -> None:
    # given
    hub = FakeHub()
    hub.lets_in(INSTRUCTOR, "tess", PAGES)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    with served(hub, tmp_path) as address:
        sign_in(page.context, address, INSTRUCTOR)
        page.goto(f"{address}{PREFIX}class/welcome")
        expect(page.get_by_text("0 people have begun")).to_be_visible()

        # when a trainee does something
        send(address, detail={"check": 2, "message": "<b>Off</b> by one."})

        # then it is there, as words, and nothing broke a rule of the page's own
        expect(page.get_by_role("rowheader", name="anna")).to_be_visible()
        expect(
            page.get_by_role("cell", name="Check 2: 1 person <b>Off</b> by one.")
        ).to_be_visible()
        expect(page.get_by_text("Nobody seems to be stuck.")).to_be_visible()

        # and when they are wrong again and again, they are named first of all
        for _ in range(2):
            send(address, detail={"check": 2, "message": "<b>Off</b> by one."})
        expect(page.locator(".help").get_by_text("anna")).to_be_visible()
        expect(page.locator(".help").get_by_text("3 wrong tries")).to_be_visible()

        # and the order of people, once chosen, stays while the page brings itself up to date
        page.get_by_role("link", name="Least done first").click()
        chosen = page.get_by_role("link", name="Least done first")
        expect(chosen).to_have_attribute("aria-current", "true")
        send(address, state="right")
        expect(page.get_by_text("Nobody seems to be stuck.")).to_be_visible()
        expect(chosen).to_have_attribute("aria-current", "true")
        expect(page.get_by_role("img", name="How many opened each lesson")).to_be_visible()
        assert complaints == []


def test_a_class_signs_in_again_once_and_never_while_the_hub_is_away(
    page: Page, tmp_path: Path
) -> None:
    # given a page that is open, and a service that does not know its sign-in any more
    hub = FakeHub()
    hub.lets_in(INSTRUCTOR, "tess", PAGES)
    health = [503]
    with served(hub, tmp_path) as address:
        sign_in(page.context, address, INSTRUCTOR)
        page.route("**/class/welcome/now?*", lambda route: route.fulfill(status=403))
        page.route("**/hub/health", lambda route: route.fulfill(status=health[0]))
        page.goto(f"{address}{PREFIX}class/welcome")
        loads: list[str] = []
        page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
        note = page.locator("#class-note")

        # when the hub is away
        expect(note).to_have_text("No connection. Asking again …")
        # then the page stays: there would be none to come back from
        assert loads == []

        # when the hub is back, and refuses all the same
        health[0] = 200
        expect(note).to_have_text("You are no longer signed in. Load this page again.")
        # then it was loaded once
        assert len(loads) == 1


def test_a_trainee_sees_their_results_and_must_be_sure_to_erase_them(
    page: Page, tmp_path: Path
) -> None:
    # given
    with served(FakeHub(), tmp_path) as address:
        send(address, state="right")
        sign_in(page.context, address)
        page.goto(f"{address}{PREFIX}learning")
        expect(page.get_by_text("1 of 1 exercise right")).to_be_visible()

        # when they press the button without a tick, and then with one
        page.get_by_role("button", name="Erase everything").click()
        expect(page.get_by_text("1 of 1 exercise right")).to_be_visible()
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Erase everything").click()

        # then it is gone
        expect(page.get_by_text("Nothing yet")).to_be_visible()
