"""A kernel of its own for each test, and a course in a trainee's workspace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from IPython.utils.capture import capture_output

from courses.learn.desk import desk
from courses.learn.words import choose_language

MANIFEST = """
id = "tiny"
language = "en"
lessons = [{ id = "one", notebook = "first.ipynb" }]
"""
RELEASE = {"files": {"first.ipynb": "1.2.0-abc", "course.toml": "1.2.0-abc"}, "sums": {}}


def restart() -> None:
    """Forget what a kernel forgets when it is restarted."""
    desk.cache_clear()
    choose_language("")


@pytest.fixture(autouse=True)
def a_new_kernel(tmp_path, monkeypatch):
    for name in ("ONBOARD_LANGUAGE", "JPY_SESSION_NAME", "ONBOARD_EVENTS_URL", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    restart()
    yield
    restart()


@pytest.fixture
def kernel_restarts():
    return restart


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """The folder of the course `tiny` in a workspace, with a kernel for its first lesson in it."""
    folder = tmp_path / "courses" / "tiny"
    folder.mkdir(parents=True)
    (folder / "course.toml").write_text(MANIFEST)
    (folder / ".onboard-release.json").write_text(json.dumps(RELEASE))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "first.ipynb"))
    return folder


@pytest.fixture
def outbox(course) -> Path:
    return course.parent / ".onboard" / "outbox"


@pytest.fixture
def shown():
    """Call something that displays, and return all its words."""

    def run(act, *args, **kwargs):
        with capture_output() as caught:
            act(*args, **kwargs)
        return caught.stdout + "".join(str(one.data["text/plain"]) for one in caught.outputs)

    return run
