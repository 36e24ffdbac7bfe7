"""A site as its user starts it: `onboard up` in a process of its own, and a browser's requests."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 120.0


def until(ready: Any, what: str, limit_s: float = LIMIT_S) -> Any:
    """Ask until the answer is true; return it. Another process offers no event to wait for."""
    start = time.monotonic()
    while not (answer := ready()):
        assert time.monotonic() - start < limit_s, f"{what}: not within {limit_s:.0f} s"
        time.sleep(0.1)
    return answer


def five_free_ports() -> int:
    """Return the first of five free ports in a row, in the range that scripts/test gave.

    A site takes them seconds later: what runs beside it must not find the same ones free.
    """
    start = int(os.environ.get("ONBOARD_TEST_PORTS", "18000"))
    for base in range(start + os.getpid() % 500 * 5, start + 5000, 5):
        try:
            for port in range(base, base + 5):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise AssertionError("no five free ports in a row")


@dataclass
class RunningSite:
    """A site that is up."""

    name: str
    data_dir: Path
    port: int = field(default_factory=five_free_ports)
    passwords: dict[str, str] = field(default_factory=dict)
    courses: Path = ROOT / "notebooks"
    launcher: Path | None = None
    """What stands in for the command `onboard`: a folder or file for Python."""

    def start(self) -> None:
        """Start it and wait for the address and the passwords that it prints."""
        self.output = self.data_dir.parent / f"{self.data_dir.name}.out"
        with self.output.open("wb") as out:
            command = [str(Path(sys.executable).with_name("onboard"))]
            env = {**os.environ, "ONBOARD_DATA": str(self.data_dir), "COLUMNS": "200"}
            if self.launcher is not None:
                command = [sys.executable, str(self.launcher)]
                env["PYTHONPATH"] = str(ROOT / "tests")
            self.process = subprocess.Popen(
                [
                    *(*command, "up", "--site", self.name),
                    *("--port", str(self.port), "--courses", str(self.courses)),
                ],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        until(self._answered, f"{self.name} is up", 240)
        rows = re.findall(r"│\s*(trainee\d*)\s*│\s*(\S+)\s*│", self._said())
        self.passwords = dict(rows)

    def _said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def _answered(self) -> bool:
        assert self.process.poll() is None, self._said()
        return "Ctrl-C ends everything" in self._said()

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)

    @property
    def address(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def hub_process(self) -> psutil.Process:
        """Return the hub itself."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(one for one in children if "hub_config.hub" in " ".join(one.cmdline()))

    def course_pages(self) -> psutil.Process:
        """Return the course pages, which the hub starts again when they end."""
        for one in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if "courses.service" in one.cmdline():
                    return one
        raise AssertionError("no course pages run")

    def session_servers(self, user: str) -> list[psutil.Process]:
        """Return the processes of the user's session server."""
        found = []
        for process in psutil.process_iter():
            try:
                words, environ = " ".join(process.cmdline()), process.environ()
            except psutil.Error:
                continue
            mine = environ.get("JUPYTERHUB_USER") == user and "session_server" in words
            if mine and f":{self.port + 1}/" in environ.get("JUPYTERHUB_API_URL", ""):
                found.append(process)
        return found

    def session_token(self, user: str) -> str:
        """Read the session's token as only its own user and root can: from its environment."""
        server = until(lambda: self.session_servers(user), "the session's server is there", 20)[0]
        token: str = server.environ()["JUPYTERHUB_API_TOKEN"]
        assert re.fullmatch("[0-9a-f]+", token)
        return token

    def sign_in(self, user: str, password: str | None = None) -> Browser:
        """Return a signed-in browser."""
        return Browser(self, user, password or self.passwords[user])


class Browser:
    """What a browser sends to the hub, without a screen."""

    def __init__(self, site: RunningSite, user: str, password: str) -> None:
        self.user = user
        self.http = httpx.Client(base_url=site.address, follow_redirects=True, timeout=60)
        self.http.get("/hub/login")
        form = {"username": user, "password": password, "_xsrf": self.xsrf}
        answer = self.http.post("/hub/login", data=form, follow_redirects=False)
        self.signed_in = answer.status_code == 302

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def xsrf(self) -> str:
        """The hub's XSRF cookie."""
        return next(
            str(one.value)
            for one in self.http.cookies.jar
            if one.name == "_xsrf" and one.path == "/hub/"
        )

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the hub's REST API as the signed-in user."""
        headers = {"X-XSRFToken": self.xsrf, "Referer": str(self.http.base_url) + "/hub/home"}
        return self.http.request(method, f"/hub/api{path}", headers=headers, **options)

    def server(self) -> dict[str, Any]:
        """Return the hub's model of this user's session, {} if there is none."""
        model = self.api("GET", f"/users/{self.user}").json()
        servers: dict[str, dict[str, Any]] = model.get("servers", {})
        return servers.get("", {})

    def start(self, **options: object) -> httpx.Response:
        """Start the session."""
        return self.api("POST", f"/users/{self.user}/server", json={"user_options": options})

    def ready(self) -> dict[str, Any]:
        """Wait until the session is ready."""
        model: dict[str, Any] = until(
            lambda: (one := self.server()).get("ready") and one, "the session is ready"
        )
        return model

    def end(self) -> None:
        """End the session, and wait until the hub says so."""
        self.api("DELETE", f"/users/{self.user}/server")
        until(lambda: not self.server(), "the session is over")
