"""A session's secrets are looked for wherever anybody can look, with every log at DEBUG: no hit."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from attacker import ask
from running_cluster import as_user
from running_site import Browser, RunningSite, until

from hub_config.onebox.layout import Layout
from hub_config.secret_store import load_or_make

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(420)]

USER, STRANGER = "trainee01", "trainee02"
# Where people and daemons write; the scheduler's own state is root's alone, and has what jobs get.
SEARCH_S = 240
"""Other programs keep much in the shared places; another test installs everything there."""
PLACES = ("/home", "/tmp", "/var/tmp", "/dev/shm", "/var/log", "/run")


@dataclass
class Searched:
    """A session that runs, and what must be nowhere."""

    site: RunningSite
    server: psutil.Process
    job: str
    secrets: tuple[str, ...]

    def hits(self, text: str) -> list[str]:
        return [one for one in self.secrets if one in text]

    def holds(self, *argv: str, user: str = "root") -> str:
        """Return the files in which `grep` finds one of the secrets; they are no argument."""
        search = ("grep", "-rsalF", "--devices=skip", "-f", "-", *argv)
        secrets = "\n".join(self.secrets) + "\n"
        return as_user(user, *search, stdin=secrets, limit_s=SEARCH_S).stdout


@pytest.fixture(scope="module")
def searched(attacked_cluster_site: RunningSite) -> Iterator[Searched]:
    site = attacked_cluster_site
    with site.sign_in(USER) as browser:
        browser.start(size="cpu-small")
        try:
            browser.ready()
            server = site.session_servers(USER)[0]
            yield _provoked(site, browser, server)
        finally:
            browser.end()


def _provoked(site: RunningSite, browser: Browser, server: psutil.Process) -> Searched:
    """Use every secret where it is refused, and where it is not: what is used may be logged."""
    token = site.session_token(USER)
    for method, path in (
        ("GET", "/user"),
        ("GET", f"/users/{STRANGER}"),
        ("POST", f"/users/{STRANGER}/server"),
        ("POST", "/onboard/port"),
        ("GET", "/onboard/session"),
        ("GET", "/none"),
    ):
        ask(site, method, path, token)
    headers = {"Authorization": f"token {token}"}
    for path in ("api/status", "api/none", "lab", "files/none"):
        browser.http.get(f"/user/{USER}/{path}", headers=headers)
        browser.http.get(f"/user/{USER}/{path}")
    browser.http.get("/services/courses/")
    until(lambda: "[D " in _text(site.data_dir / "hub" / "hub.log"), "the hub says all", 20)

    environ = server.environ()
    key = environ["JUPYTERHUB_SSL_IDENTITY"].splitlines()
    assert "PRIVATE KEY" in key[0]
    own = load_or_make(site.data_dir / "hub")
    # That id opens nothing: it says which sign-ins end together.
    open_nothing = ("_xsrf", "jupyterhub-session-id")
    cookies = {
        str(one.value).strip('"')
        for one in browser.http.cookies.jar
        if one.name not in open_nothing
    }
    named = tuple(cookie for cookie in cookies if len(cookie) > 20)
    assert named
    return Searched(
        site,
        server,
        environ["SLURM_JOB_ID"],
        (token, *key[1:3], own.proxy_token, own.service_token, own.cookie, *named),
    )


def test_the_search_finds_what_is_there(searched: Searched) -> None:
    environ = f"/proc/{searched.server.pid}/environ"

    assert searched.holds(environ, user=USER).strip() == environ
    assert not searched.holds(environ, user=STRANGER)


def test_the_scheduler_shows_none(searched: Searched) -> None:
    shown = {
        name: _run(*argv)
        for name, argv in {
            "job": ("scontrol", "show", "job", "-dd", searched.job),
            "script": ("scontrol", "write", "batch_script", searched.job, "-"),
            "queue": ("squeue", "--format=%all", f"--jobs={searched.job}"),
            "accounting": ("sacct", "--parsable2", "--format=ALL", f"--jobs={searched.job}"),
            "accounted script": ("sacct", "--batch-script", f"--jobs={searched.job}"),
            "accounted environment": ("sacct", "--env-vars", f"--jobs={searched.job}"),
        }.items()
    }

    assert "session_server" in shown["script"]
    assert searched.job in shown["job"]
    assert searched.job in shown["accounting"]
    assert not {name: one for name, text in shown.items() if (one := searched.hits(text))}


def test_no_process_shows_one_to_anybody_else(searched: Searched) -> None:
    words = [_words(one) for one in psutil.process_iter()]
    readable = as_user(STRANGER, "sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'").stdout

    assert any("session_server" in one for one in words)
    assert not searched.hits("\n".join(words))
    assert "HOME=" in readable  # their own
    assert not searched.hits(readable)


def test_no_log_has_one_though_every_log_says_all_it_can(searched: Searched) -> None:
    hub, data = searched.site.data_dir / "hub", searched.site.data_dir
    slurm = Layout().log_dir
    logs = [*hub.glob("*.log"), *(data / "logs").iterdir(), *slurm.glob("*"), searched.site.output]
    texts = {path: _text(path) for path in logs if path.is_file()}

    assert {"hub.log", "proxy.log", "course-pages.log"} <= {path.name for path in texts}
    assert re.search(r"^\[D .*", texts[hub / "hub.log"], re.MULTILINE)
    assert re.search(r"debug", texts[hub / "proxy.log"])
    session_logs = [path for path in texts if path.parent == data / "logs"]
    assert any("[D " in texts[path] for path in session_logs)
    assert {path.stat().st_mode & 0o777 for path in session_logs} == {0o640}
    assert not {path: hits for path, text in texts.items() if (hits := searched.hits(text))}
    # Nor the environment as a whole, nor another key.
    assert not [path for path, text in texts.items() if "PRIVATE KEY" in text]
    assert not [path for path, text in texts.items() if "JUPYTERHUB_API_TOKEN" in text]


@pytest.mark.timeout(4 * SEARCH_S)
def test_no_file_has_one_in_homes_or_shared_places(searched: Searched) -> None:
    # The hub's own secrets are in its own private folder, and nowhere else.
    assert not searched.holds(*PLACES)
    assert not searched.holds(str(searched.site.data_dir), user=STRANGER)
    assert not searched.holds(*PLACES, user=STRANGER)
    own = searched.holds(str(searched.site.data_dir)).split()
    assert [Path(one).name for one in own] == ["secrets.json"]


def _run(*argv: str) -> str:
    """Return all that a command says to root, who sees more than anybody."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
