"""From a lesson's address in a session to its notebook in JupyterLab."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from published import publish

from courses.catalogue import Catalogue
from courses.opening import opened
from spawners.errors import InvalidInput

COURSE = """
id = "welcome"
version = "1.0.0"
title = "Welcome"
summary = "What this machine is."
authors = ["A. Teacher"]
licence = "CC BY 4.0"
[[lessons]]
id = "first"
title = "Your first session"
summary = "What you have."
notebook = "part 1/first.ipynb"
duration_minutes = 15
"""


@pytest.fixture
def catalogue(tmp_path):
    source = tmp_path / "source"
    (source / "part 1").mkdir(parents=True)
    (source / "part 1" / "first.ipynb").write_text("{}")
    (source / "course.toml").write_text(COURSE)
    path = tmp_path / "catalogue"
    publish(Catalogue(path), source)
    return str(path)


def test_a_lesson_is_brought_and_named(catalogue, tmp_path):
    # when
    notebook = opened(catalogue, tmp_path / "home", "welcome", "first")
    # then
    assert notebook == "welcome/part 1/first.ipynb"
    assert (tmp_path / "home" / notebook).read_text() == "{}"


@pytest.mark.parametrize(
    ("course", "lesson"), [("welcome", "second"), ("nothing", "first"), ("../source", "first")]
)
def test_what_is_not_published_is_none_and_brings_nothing(catalogue, tmp_path, course, lesson):
    # when
    notebook = opened(catalogue, tmp_path / "home", course, lesson)
    # then
    assert notebook is None
    assert not (tmp_path / "home").exists()


def test_a_session_that_was_told_no_catalogue_says_so(tmp_path):
    with pytest.raises(InvalidInput, match="does not know where the courses are"):
        opened("", tmp_path, "welcome", "first")


def test_every_session_loads_it_so_it_brings_little():
    # when
    loaded = subprocess.run(
        [sys.executable, "-c", "import courses.opening, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()
    # then
    assert "courses.opening" in loaded
    assert {"pydantic", "courses.catalogue", "courses.workspace"}.isdisjoint(loaded)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def ask(port: int, path: str, token: str = "secret") -> tuple[int, str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"token {token}"}
    )
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=20) as answer:
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", ""), error.read().decode()


@pytest.fixture
def server(catalogue, tmp_path):
    """A real Jupyter server in an empty home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path / "home"
    home.mkdir()
    arguments = {
        "ServerApp.jpserver_extensions": "courses.opening=True",
        "ServerApp.root_dir": str(home),
        "ServerApp.base_url": "/user/anna/",
        "ServerApp.open_browser": "False",
        "ServerApp.allow_root": "True",
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port),
        "IdentityProvider.token": "secret",
    }
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter_server",
            *(f"--{name}={value}" for name, value in arguments.items()),
        ],
        env={**os.environ, "ONBOARD_CATALOGUE": catalogue, "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        lines = iter(process.stderr.readline, "")
        try:
            assert any("is running at" in line for line in lines), "the server did not start"
            wait_until_listening(port)
            yield port
        finally:
            process.terminate()


def wait_until_listening(port: int) -> None:
    """The server says that it runs a moment before it listens."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


@pytest.mark.slow
def test_a_real_server_opens_the_lesson_for_who_may(server, tmp_path):
    # when
    opened_at = ask(server, "/user/anna/onboard/open/welcome/first")
    unknown = ask(server, "/user/anna/onboard/open/welcome/second")
    stranger = ask(server, "/user/anna/onboard/open/welcome/first", token="wrong")
    # then
    assert opened_at[:2] == (302, "/user/anna/lab/tree/welcome/part%201/first.ipynb")
    assert (tmp_path / "home" / "welcome" / "part 1" / "first.ipynb").is_file()
    assert unknown[0] == 404
    assert "There is no such lesson" in unknown[2]
    assert 'href="/services/courses/"' in unknown[2]
    assert stranger[0] in (302, 403)
    assert "lab/tree" not in stranger[1]
