"""A class in a real browser: planned by its instructor, and a note that JupyterLab shows."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import websocket
from class_commands import Commands
from fake_hub import PAGES, FakeHub
from pages_on_a_fake_hub import PREFIX, served, sign_in
from playwright.sync_api import Page, expect
from running_site import RunningSite, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(420)]

INSTRUCTOR = "the-token-of-tess"
ROSTER = {"name": "r.csv", "mimeType": "text/csv", "buffer": b"user\nanna\nbob\n"}
LONG_CELL = """
import pathlib, time
print("busy", flush=True)
while not pathlib.Path({enough!r}).exists():
    time.sleep(0.1)
print("enough", flush=True)
"""
WIDTH = "document.documentElement.scrollWidth"


def test_a_class_is_planned_on_a_narrow_screen(page: Page, tmp_path: Path) -> None:
    # given
    hub = FakeHub()
    hub.lets_in(INSTRUCTOR, "tess", PAGES)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.set_viewport_size({"width": 360, "height": 740})
    begins = datetime.now(UTC) + timedelta(hours=3)
    with served(hub, tmp_path) as address:
        sign_in(page.context, address, INSTRUCTOR)
        page.goto(f"{address}{PREFIX}class/welcome")
        page.get_by_role("link", name="Plan and run classes").click()
        assert page.evaluate(WIDTH) <= 360

        # when
        page.get_by_label("Group").fill("Tuesday <b>")
        page.get_by_label("Begins").fill(begins.strftime("%Y-%m-%dT%H:%M"))
        page.get_by_label("Ends", exact=True).fill(
            (begins + timedelta(minutes=45)).strftime("%Y-%m-%dT%H:%M")
        )
        page.get_by_label("Time zone of both").fill("UTC")
        page.get_by_label("Roster").set_input_files(ROSTER)
        page.get_by_role("button", name="Plan the class").click()

        # then its page shows its seats, and what becomes of them without a reload
        expect(page.get_by_role("heading", name="Tuesday <b>")).to_be_visible()
        expect(page.get_by_role("rowheader", name="anna")).to_be_visible()
        assert page.evaluate(WIDTH) <= 360
        page.get_by_label("What all are to read").fill("Look at <i>me</i>.")
        page.get_by_role("button", name="Tell all").click()
        expect(page.get_by_text("Look at <i>me</i>.")).to_be_visible()
        page.get_by_role("button", name="End the class").click()
        expect(page.get_by_role("checkbox")).to_be_visible()  # not without a tick
        assert complaints == []

        # when the course pages are away, then it says so until they are back
        page.route("**/now*", lambda asked: asked.abort())
        expect(page.locator("#class-note")).to_contain_text("No connection", timeout=15_000)
        page.unroute("**/now*")
        expect(page.locator("#class-note")).to_be_hidden(timeout=15_000)


def test_a_note_is_in_jupyterlab_within_ten_seconds(
    local_site: RunningSite, page: Page, tmp_path: Path
) -> None:
    # given a trainee whose class is under way
    commands = Commands(local_site)
    class_id = commands.plan(tmp_path / "roster.csv", ["trainee"], 0)
    with local_site.sign_in("trainee") as browser:
        until(lambda: browser.server().get("ready"), "the class's session is there")
        try:
            open_lab(page, local_site)
            until(lambda: commands.states(class_id) == {"trainee": "opened"}, "it is known", 60)
            # once its server has learned that it is in a class
            status = "/user/trainee/onboard/session"
            browser.http.get("/user/trainee/lab")  # signs in there as well
            until(lambda: browser.http.get(status).json()["again_s"] < 15, "it asks often", 60)

            with a_long_cell(local_site, tmp_path / "enough") as messages:
                # when
                commands("note", class_id, "Look at <b>me</b> & go on.")
                begin = time.monotonic()

                # then
                toast = page.locator(".Toastify__toast", has_text="To your class:")
                expect(toast).to_contain_text("Look at <b>me</b> & go on.", timeout=20_000)
                assert time.monotonic() - begin < 12
                assert toast.locator("b").count() == 0

                # then the cell has gone on all the while, and ends as it was written
                (tmp_path / "enough").touch()
                following = [next(messages) for _ in range(2)]
                assert [one["content"].get("text") for one in following] == ["enough\n", None]
                assert following[1]["content"]["status"] == "ok"

            # when the page is loaded again, then who was told is told no more
            page.reload()
            expect(page.locator(".onboard-session-bar")).to_be_visible(timeout=90_000)
            expect(page.get_by_role("timer")).to_contain_text("left")
            expect(toast).to_have_count(0)

            # when the class is ended, then the time that is left is its own
            commands("end", class_id)
            expect(page.get_by_role("timer")).to_have_text(
                re.compile(r"^\d+ s left"), timeout=20_000
            )
            commands.hasten(class_id, ends_ms=int(time.time() * 1000))
            until(lambda: not browser.server(), "the session is over", 60)
        finally:
            browser.end()


@contextmanager
def a_long_cell(site: RunningSite, enough: Path) -> Iterator[Iterator[dict]]:
    """Run a cell until a file is there; yield what it prints after that, and its answer."""
    headers = {"Authorization": f"token {site.session_token('trainee')}"}
    kernels = f"{site.address}/user/trainee/api/kernels"
    made = httpx.post(kernels, json={}, headers=headers, timeout=60)
    assert made.status_code == 201, made.text
    address = f"{kernels}/{made.json()['id']}/channels".replace("http:", "ws:", 1)
    with closing(websocket.create_connection(address, timeout=60, header=headers)) as kernel:
        kernel.send(
            json.dumps(
                {
                    "channel": "shell",
                    "header": {
                        "msg_id": uuid.uuid4().hex,
                        "msg_type": "execute_request",
                        "session": "trainee",
                        "username": "trainee",
                        "version": "5.3",
                    },
                    "parent_header": {},
                    "metadata": {},
                    "content": {"code": LONG_CELL.format(enough=str(enough)), "silent": False},
                }
            )
        )
        messages = _told(kernel)
        assert next(messages)["content"]["text"] == "busy\n"
        yield messages


def _told(kernel: websocket.WebSocket) -> Iterator[dict]:
    while True:
        message = json.loads(kernel.recv())
        if message["header"]["msg_type"] in ("stream", "error", "execute_reply"):
            yield message


def open_lab(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.address}/hub/login?next=%2Fuser%2Ftrainee%2Flab")
    page.get_by_label("User name").fill("trainee")
    page.get_by_label("Password").fill(site.passwords["trainee"])
    page.get_by_role("button", name=re.compile("sign in", re.I)).click()
    expect(page.locator(".onboard-session-bar")).to_be_visible(timeout=90_000)
