"""From a lesson's address in a session to its notebook in JupyterLab."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from jupyterlab_server.config import get_page_config
from nbformat.v4 import new_code_cell, new_notebook, writes
from one_lesson import publish

import courses
from courses.delivery import opened
from courses.workspace import Wishes
from spawners.errors import InvalidInput
from spawners.session_server import UNWANTED


def notebook(text):
    return writes(new_notebook(cells=[new_code_cell(text, id="a")]))


def test_a_lesson_is_brought_and_named(catalogue, tmp_path):
    # when
    notebook = opened(catalogue, tmp_path / "home", "welcome", "first")
    # then
    assert notebook == "welcome/part 1/first.ipynb"
    assert (tmp_path / "home" / notebook).read_text() == "{}"


@pytest.mark.parametrize(
    ("language", "notebook", "other"),
    [
        ("fr", "part 1/first.fr.ipynb", "part 1/first.ipynb"),
        ("de", "part 1/first.ipynb", "part 1/first.fr.ipynb"),  # the release has no German
        ("en", "part 1/first.ipynb", "part 1/first.fr.ipynb"),
        ("../../x", "part 1/first.ipynb", "part 1/first.fr.ipynb"),
    ],
)
def test_a_lesson_comes_in_the_trainees_language_where_the_release_has_it(
    catalogue, tmp_path, language, notebook, other
):
    # when
    found = opened(catalogue, tmp_path / "home", "welcome", "first", Wishes(language=language))
    # then
    assert found == f"welcome/{notebook}"
    assert (tmp_path / "home" / found).is_file()
    assert not (tmp_path / "home" / "welcome" / other).exists()


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


def ask(port, path, token="secret", send=None, language="en", method=None) -> tuple[int, str, str]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=send,
        method=method,
        headers={"Authorization": f"token {token}", "Accept-Language": language},
    )
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=20) as answer:
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", ""), error.read().decode()


def nbdime_wants_in(tmp_path):
    """Jupyter's settings as installing nbdime leaves them."""
    settings = tmp_path / "settings" / "jupyter_server_config.d" / "nbdime.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"ServerApp": {"jpserver_extensions": {"nbdime": true}}}')
    return str(tmp_path / "settings")


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
            *UNWANTED,
        ],
        env={
            **os.environ,
            "ONBOARD_CATALOGUE": catalogue,
            "ONBOARD_LANGUAGES": "en fr de",
            "HOME": str(tmp_path),
            "JUPYTER_CONFIG_PATH": nbdime_wants_in(tmp_path),
        },
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
    french = ask(server, "/user/anna/onboard/open/welcome/first", language="fr")
    unknown = ask(server, "/user/anna/onboard/open/welcome/second")
    stranger = ask(server, "/user/anna/onboard/open/welcome/first", token="wrong")
    # then
    assert opened_at[:2] == (302, "/user/anna/lab/tree/welcome/part%201/first.ipynb")
    assert (tmp_path / "home" / "welcome" / "part 1" / "first.ipynb").is_file()
    assert french[:2] == (302, "/user/anna/lab/tree/welcome/part%201/first.fr.ipynb")
    assert unknown[0] == 404
    assert "There is no such lesson" in unknown[2]
    assert 'href="/services/courses/"' in unknown[2]
    assert stranger[0] in (302, 403)
    assert "lab/tree" not in stranger[1]


OPEN = "/user/anna/onboard/open/welcome/first"
RESET = "/user/anna/onboard/reset/welcome/first"
IN_LAB = "/user/anna/lab/tree/welcome/part%201/first.ipynb"


@pytest.fixture
def lesson(server, tmp_path):
    """The trainee's notebook, opened once and then worked in."""
    publish(tmp_path, notebook("old"), "1.0.1")
    assert ask(server, OPEN)[:2] == (302, IN_LAB)
    path = tmp_path / "home" / "welcome" / "part 1" / "first.ipynb"
    path.write_text(notebook("mine"))
    return path


def texts(path):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"]]


@pytest.mark.slow
def test_an_upgrade_with_a_conflict_is_said_once_with_a_way_on(server, lesson, tmp_path):
    # given
    publish(tmp_path, notebook("new"), "1.1.0")
    # when
    status, _, page = ask(server, OPEN, language="de")
    # then
    assert status == 200
    assert "Dieser Kurs hat eine neue Fassung" in page
    assert f'href="{IN_LAB}"' in page
    assert f'href="{RESET}"' in page
    mine, note, new = texts(lesson)
    assert (mine, new) == ("mine", "new")
    assert "neue Fassung" in note
    assert ask(server, OPEN)[:2] == (302, IN_LAB)


@pytest.mark.slow
@pytest.mark.parametrize("trusted", [True, False])
def test_results_that_were_trusted_are_trusted_in_the_merged_notebook(
    server, lesson, tmp_path, trusted
):
    # given results, saved as JupyterLab saves them
    html = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": "<script></script>"},
    }
    content = json.loads(notebook("mine"))
    content["cells"][0].update(outputs=[html], metadata={"trusted": trusted})
    saved = json.dumps({"type": "notebook", "format": "json", "content": content}).encode()
    contents = "/user/anna/api/contents/welcome/part%201/first.ipynb"
    assert ask(server, contents, send=saved, method="PUT")[0] == 200
    publish(tmp_path, notebook("new"), "1.1.0")
    # when
    upgraded = ask(server, OPEN)
    # then
    assert upgraded[0] == 200, upgraded
    cells = json.loads(ask(server, contents)[2])["content"]["cells"]
    assert cells[0]["metadata"]["trusted"] is trusted
    assert len(cells) == 3


@pytest.mark.slow
def test_a_notebook_with_a_running_kernel_is_left_for_next_time(server, lesson, tmp_path):
    # given
    publish(tmp_path, notebook("new"), "1.1.0")
    session = {"path": "welcome/part 1/first.ipynb", "type": "notebook", "name": ""}
    started = ask(
        server,
        "/user/anna/api/sessions",
        send=json.dumps({**session, "kernel": {"name": "python3"}}).encode(),
    )
    # when
    status, _, page = ask(server, OPEN)
    refused, _, why = ask(server, RESET, send=b"")
    # then
    assert started[0] == 201
    assert (status, refused) == (200, 409)
    assert "is open in your session" in page
    assert f'href="{IN_LAB}"' in page
    assert "Shut down its kernel" in why
    assert texts(lesson) == ["mine"]


@pytest.mark.slow
def test_when_the_new_version_cannot_be_put_in_the_old_one_goes_on(server, lesson, tmp_path):
    # given
    publish(tmp_path, notebook("new"), "1.1.0")
    hidden = tmp_path / "home" / "welcome" / ".onboard"
    hidden.rename(tmp_path / "elsewhere")
    hidden.write_text("mine")
    # when
    status, _, page = ask(server, OPEN)
    # then
    assert status == 503
    assert "is not a folder of your workspace" in page
    assert f'href="{IN_LAB}"' in page
    assert texts(lesson) == ["mine"]


@pytest.mark.slow
def test_a_lesson_is_reset_from_its_page_and_from_nowhere_else(server, lesson):
    # given a browser: it has a cookie, and no token of its own
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{server}{RESET}"
    with browser.open(f"{address}?token=secret", timeout=20) as answer:
        page = answer.read().decode()
    (token,) = re.findall(r'name="_xsrf" value="([^"]+)"', page)
    # when another site's page posts
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        browser.open(address, data=b"", timeout=20)
    refused.value.close()
    # then
    assert texts(lesson) == ["mine"]
    assert "Your first session" in page
    # when its own does
    form = urllib.parse.urlencode({"_xsrf": token}).encode()
    with browser.open(address, data=form, timeout=20) as answer:
        done = answer.read().decode()
    # then
    (kept,) = lesson.parent.glob("first.20*.ipynb")
    assert kept.name in done
    assert f'href="{IN_LAB}"' in done
    assert texts(kept) == ["mine"]
    assert texts(lesson) == ["old"]


@pytest.mark.slow
def test_there_is_nothing_to_reset_of_a_lesson_that_is_not_there(server):
    for path in (RESET.replace("first", "second"), RESET.replace("welcome", "..%2fsource")):
        for send in (None, b""):
            status, _, page = ask(server, path, send=send)
            assert status == 404
            assert "There is no such lesson" in page


@pytest.mark.slow
def test_nbdime_brings_no_pages_of_its_own_into_a_session(server):
    assert ask(server, "/user/anna/nbdime/difftool")[0] == 404


def test_nor_into_jupyterlab():
    # given our own extension, and those that it turns off
    labextensions = Path(courses.__file__).parent / "lab"
    # when
    page = get_page_config([str(labextensions)])
    # then
    assert "nbdime-jupyterlab" in page["disabledExtensions"]
