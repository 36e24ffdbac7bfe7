"""HTML in every word that a page is given: of courses and sizes, the scheduler, the log."""

from __future__ import annotations

import json
import re

import pytest
from published import publish

from courses.authoring import manifest
from courses.catalogue import Catalogue
from spawners.machine import Environment, Machine, SessionSize

PREFIX = "/services/courses/"
WAIT = f"{PREFIX}wait/welcome/first"
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
END = {"at": 1.0, "job_id": EVIL, "detail": EVIL, "log": [EVIL]}
CAUSES = (
    *("refused", "rejected", "scheduler silent", "out of memory", "time limit", "node failed"),
    *("environment missing", "not reached", "cancelled", "failed", "gone"),
)


@pytest.fixture
def machine():
    sizes = tuple(
        SessionSize(
            name=name, title=f"{name} {EVIL}", cpus=2, memory_mib=4096, time_limit_s=60, gpus=gpus
        )
        for name, gpus in (("cpu", 0), ("gpu", 1))
    )
    default = Environment(name="default", title=EVIL, path="/opt/onboard")
    return Machine(name="local", batch="local", sizes=sizes, environments=(default,))


@pytest.fixture
def catalogue(tmp_path):
    evil = json.dumps(EVIL)
    lessons = "".join(
        f'[[lessons]]\nid = "{name}"\ntitle = {evil}\nsummary = {evil}\nnotebook = "{name}.ipynb"\n'
        f'duration_minutes = 15\nneeds = {{ gpu = "{gpu}" }}\n'
        for name, gpu in (("first", "none"), ("gpu", "required"))
    )
    source = tmp_path / "source"
    source.mkdir()
    (source / "course.toml").write_text(
        f'id = "welcome"\nversion = "1.0.0"\ntitle = {evil}\nsummary = {evil}\n'
        f"authors = [{evil}]\nlicence = {evil}\n{lessons}"
    )
    course = manifest.load(source)
    for lesson in course.lessons:
        (source / lesson.notebook).write_text("{}")
    made = Catalogue(tmp_path / "catalogue")
    publish(made, source)
    return made


def is_plain(page: str) -> bool:
    """Whether the hostile words are there, and none of them is more than a word."""
    scripts = re.findall(r"<script[^>]*>", page)
    own = all(re.fullmatch(r'<script src="/[\w/.-]+"( defer)?>', one) for one in scripts)
    return "&lt;script&gt;alert(1)" in page and own and "<img src=x" not in page


@pytest.mark.parametrize("path", [PREFIX, f"{PREFIX}courses/welcome", WAIT, f"{PREFIX}wait"])
@pytest.mark.parametrize("cause", CAUSES)
async def test_how_a_session_ended(browser, hub, cause, path):
    for phase in ("failed", "ended"):
        hub.standing = {
            "phase": phase,
            "size": "cpu",
            "course": "welcome",
            "lesson": "first",
            "end": {**END, "cause": cause},
        }

        page = (await browser.get(path)).body.decode()

        assert is_plain(page) or (path.endswith("wait") and "alert(1)" not in page)


@pytest.mark.parametrize("path", [PREFIX, f"{PREFIX}courses/welcome", WAIT])
@pytest.mark.parametrize("phase", ["queued", "starting", "ready"])
async def test_where_a_session_stands(browser, hub, phase, path):
    hub.runs("cpu", ready=False, pending="spawn")
    hub.standing = {
        "phase": phase,
        "asked_at": 1.0,
        "job": {"job_id": EVIL, "reason": EVIL, "partition": EVIL, "host": EVIL},
    }

    page = (await browser.get(path)).body.decode()

    assert is_plain(page)


async def test_options_that_somebody_stored_unchecked(browser, hub):
    hub.runs("cpu", ready=False, pending="spawn")
    hub.server["user_options"] = {"size": EVIL, "course": EVIL, "lesson": f"../..//{EVIL}"}

    page = (await browser.get(PREFIX)).body.decode()

    assert is_plain(page)
    assert not re.search(r'href="[^"]*[<>]', page)


async def test_a_session_that_lacks_something(browser, hub):
    hub.runs("cpu")

    answer = await browser.press(f"{PREFIX}start/welcome/gpu")

    assert answer.code == 409
    assert is_plain(answer.body.decode())


async def test_what_the_hub_refuses_with(browser, hub):
    hub.refuses = (400, EVIL)

    answer = await browser.press(f"{PREFIX}start/welcome/first")

    assert answer.code == 400
    assert is_plain(answer.body.decode())
