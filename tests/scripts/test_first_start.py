"""The first and the second start of the project itself, by somebody who has only Python."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")
UNWANTED = shutil.ignore_patterns(".git", ".venv", "tests", "__pycache__", ".*_cache")
NOBODY = 65534


@pytest.fixture
def newcomer():
    """A fresh checkout with an empty home, of a user who is not root."""
    with tempfile.TemporaryDirectory(prefix="onboard newcomer ") as root:
        Path(root).chmod(0o755)
        checkout, home = Path(root, "checkout"), Path(root, "home")
        shutil.copytree(CHECKOUT, checkout, ignore=UNWANTED)
        home.mkdir()
        if os.geteuid() == 0:
            for path in (checkout, home, *checkout.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        yield checkout, home


@contextmanager
def started(newcomer, port):
    """Run scripts/up until Ctrl-C is pressed, at the end of the block; give what it printed."""
    checkout, home = newcomer
    # An interpreter in root's home would be none of theirs.
    python = "/usr/bin/python3" if os.geteuid() == 0 else sys.executable
    process = subprocess.Popen(
        [python, str(checkout / "scripts" / "up"), "--port", str(port)],
        cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"], **certificates()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        user=NOBODY if os.geteuid() == 0 else None,
    )
    printed = []
    try:
        for line in process.stdout:
            printed.append(line)
            if "Ctrl-C ends everything" in line:
                break
        yield "".join(printed)
    finally:
        # As the terminal does it: every process in the foreground is told.
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert "Traceback" not in rest
    assert left_behind(checkout) == []


def certificates():
    """Return the variables by which this computer tells pip and Node whom to trust."""
    names = ("PIP_CERT", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "PIP_INDEX_URL", "HTTPS_PROXY")
    return {name: os.environ[name] for name in names if name in os.environ}


def left_behind(folder):
    """Return what still runs from the folder."""
    lines = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    return [line for line in lines if str(folder) in line]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_newcomer_starts_it_twice(newcomer, free_port):
    # given a fresh checkout
    # when it is started for the first time
    with started(newcomer, free_port) as printed:
        # then it is installed, and tells an address where a trainee can sign in
        assert "Installing (about a minute, first time only)" in printed, printed
        assert "trainee" in printed, printed
        address = ADDRESS.search(printed).group()
        with urllib.request.urlopen(f"{address}hub/login", timeout=20) as page:
            assert 'name="password"' in page.read().decode()

    # when it is started again, after Ctrl-C has left no process behind
    with started(newcomer, free_port) as printed:
        # then nothing is installed
        assert ADDRESS.search(printed), printed
        assert "Installing" not in printed
