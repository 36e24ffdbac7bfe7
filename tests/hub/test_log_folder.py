"""The folder in which all sessions log, on the real scheduler: nothing to see, nothing to plant."""

from __future__ import annotations

import os
import pwd
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from running_cluster import as_user
from running_site import Browser, RunningSite, until

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(300)]

USER, STRANGER = "trainee01", "trainee02"


@contextmanager
def logged(site: RunningSite) -> Iterator[tuple[Browser, Path]]:
    """A session of the user that runs, and its log."""
    folder = site.data_dir / "logs"
    before = set(folder.iterdir())
    with site.sign_in(USER) as browser:
        browser.start(size="cpu-small")
        try:
            browser.ready()
            (log,) = set(folder.iterdir()) - before
            yield browser, log
        finally:
            browser.end()


def test_another_trainee_cannot_list_read_replace_or_remove(onebox_site: RunningSite) -> None:
    with logged(onebox_site) as (_, log):
        folder, said = log.parent, log.read_bytes()
        mode = stat.S_IMODE(folder.stat().st_mode)
        mine = log.parent / "mine.log"

        # Even somebody who knows the name, which stands in the user's own script alone.
        tries = {
            "list": ("ls", f"{folder}"),
            "read": ("cat", f"{log}"),
            "write": ("sh", "-c", 'echo planted >>"$0"', f"{log}"),
            "empty": ("truncate", "-s", "0", f"{log}"),
            "remove": ("rm", "-f", f"{log}"),
            "move": ("mv", f"{log}", f"{folder}/moved"),
            "replace": ("ln", "-sfn", "/etc/passwd", f"{log}"),
            "open to all": ("chmod", "666", f"{log}"),
        }
        allowed = [name for name, argv in tries.items() if as_user(STRANGER, *argv).returncode == 0]

        assert allowed == []
        assert mode == 0o3733
        assert stat.S_IMODE(log.stat().st_mode) == 0o640
        assert log.owner() == USER
        assert not log.is_symlink()
        assert log.read_bytes().startswith(said)
        # A file of their own they may make, as every job of theirs does: it is in nobody's way.
        try:
            assert as_user(STRANGER, "touch", f"{mine}").returncode == 0
        finally:
            mine.unlink(missing_ok=True)


def plant(kind: str, log: Path, secret: Path) -> None:
    """Do what a trainee can do to the log of their own session."""
    commands = {
        "nothing": ["true"],
        "symlink": ["ln", "-sfn", f"{secret}", f"{log}"],
        "fifo": ["sh", "-c", 'rm -f "$0" && mkfifo -m 666 "$0"', f"{log}"],
        "hard link": ["rm", "-f", f"{log}"],
    }
    done = as_user(USER, *commands[kind])
    assert done.returncode == 0, done.stderr
    if kind == "hard link":
        # Where the kernel lets users link what is not theirs; this one does perhaps not.
        os.link(secret, log)


@pytest.mark.parametrize("kind", ["nothing", "symlink", "fifo", "hard link"])
def test_the_hub_follows_nothing_that_was_planted(onebox_site: RunningSite, kind: str) -> None:
    # given a file that the hub may read and the trainee may not, on the same file system
    secret = onebox_site.data_dir / "secret.txt"
    hub_user = pwd.getpwuid(onebox_site.hub_process().uids().real)
    secret.write_text("the hub's own words\n")
    secret.chmod(0o600)
    os.chown(secret, hub_user.pw_uid, hub_user.pw_gid)
    assert as_user(USER, "cat", f"{secret}").returncode != 0
    with logged(onebox_site) as (browser, log):
        try:
            # when it stands in place of the session's log, and the session ends by itself
            plant(kind, log, secret)
            servers = onebox_site.session_servers(USER)
            for server in servers:
                server.kill()
            psutil.wait_procs(servers, timeout=10)
            began = time.monotonic()
            end = until(lambda: _standing(browser).get("end"), "the hub knows the end", 60)

            # then the hub tells nothing of it, and was not held up
            assert bool(end["log"]) == (kind == "nothing")
            assert "own words" not in str(end)
            assert browser.http.get("/hub/health").status_code == 200
            assert time.monotonic() - began < 60
        finally:
            log.unlink(missing_ok=True)
            secret.unlink()


def _standing(browser: Browser) -> dict:
    answer = browser.api("GET", "/onboard/session")
    assert answer.status_code == 200, answer.text
    return answer.json()
