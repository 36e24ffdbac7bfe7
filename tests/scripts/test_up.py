"""scripts/up, run as a person runs it, on a stand-in for the project."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

CLOSED = "http://127.0.0.1:9/simple"  # nothing listens on the discard port
# What pip may be told on a computer of its own, so that only the address given here counts.
ONLY = {"PIP_CONFIG_FILE": os.devnull, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}


def told(output: str) -> dict[str, object]:
    """Return what the stand-in's `onboard` printed."""
    found = json.loads(output.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def programs_of(folder: Path) -> list[str]:
    """Return the processes that run from the folder."""
    lines = [
        " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])
    ]
    return [line for line in lines if str(folder) in line]


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line of standard error of a start that a person's computer made impossible."""
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.slow
def test_first_start_installs_and_the_second_installs_nothing(copy, free_port):
    # given a fresh checkout
    # when it is started for the first time
    first = copy.up("--port", str(free_port))

    # then it says what it does, and hands over to the installed `onboard` with a proxy that runs
    assert first.returncode == 0, first.stderr
    assert "Installing (about a minute, first time only) ..." in first.stdout
    notebooks = str(copy.folder / "notebooks")
    started = told(first.stdout)
    expected = ["up", "--site", "local", "--port", str(free_port), "--courses", notebooks]
    assert started["arguments"] == expected
    assert str(started["file"]).startswith(str(copy.venv))
    assert str(started["proxy_version"])[0].isdigit()

    # when it is started again, then it only hands over, although no index can be reached
    second = copy.up("--port", str(free_port), PIP_INDEX_URL=CLOSED, npm_config_registry=CLOSED)
    assert second.returncode == 0, second.stderr
    assert second.stdout.splitlines() == [json.dumps(started)]


@pytest.mark.slow
def test_a_changed_source_is_installed_without_a_network(copy, free_port):
    # given an installed project, one of whose sources then changes
    assert copy.up("--port", str(free_port)).returncode == 0
    cli = copy.folder / "hub_config" / "cli.py"
    cli.write_text(cli.read_text().replace('"first"', '"second"'))

    # when it is started where no index can be reached
    done = copy.up("--port", str(free_port), PIP_INDEX_URL=CLOSED, **ONLY)

    # then the change is in what runs
    assert done.returncode == 0, done.stderr
    assert told(done.stdout)["greeting"] == "second"


@pytest.mark.slow
def test_a_checkout_that_was_moved_is_installed_anew(copy, free_port):
    # given an installed project whose folder is then renamed, which breaks its scripts' paths
    assert copy.up("--port", str(free_port)).returncode == 0
    moved = copy.folder.with_name("moved")
    copy.folder.rename(moved)

    # when it is started there
    done = type(copy)(moved, copy.environment).up("--port", str(free_port))

    # then what runs is installed there
    assert done.returncode == 0, done.stderr
    assert str(told(done.stdout)["file"]).startswith(str(moved))


@pytest.mark.slow
def test_without_node_it_is_brought_from_the_package_index(copy, free_port, tmp_path):
    # given a PATH with no node on it
    for name in ("env", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name))

    # when the project is started
    done = copy.up("--port", str(free_port), PATH=str(tmp_path))

    # then the proxy runs on the node that was brought
    assert done.returncode == 0, done.stderr
    assert "Installing Node, which is not here ..." in done.stdout
    assert str(told(done.stdout)["proxy_version"])[0].isdigit()


@pytest.mark.parametrize("offset", [0, 3])
def test_a_taken_port_is_named_before_anything_is_installed(copy, free_port, offset):
    # given a program that listens on one of the five ports
    with socket.create_server(("127.0.0.1", free_port + offset)):
        # when the project is started
        done = copy.up("--port", str(free_port))

    # then the port is named, and nothing was made
    sentence = one_sentence(done)
    assert f"Port {free_port + offset} is taken" in sentence
    assert "--port" in sentence
    assert not copy.venv.exists()


def test_without_a_network_it_says_so(copy, free_port):
    # given an index that cannot be reached
    # when the project is started
    done = copy.up("--port", str(free_port), PIP_INDEX_URL=CLOSED, **ONLY)

    # then that is what is said, and not as a traceback
    assert "the network does not reach the package index" in one_sentence(done)


@pytest.mark.slow
def test_what_pip_says_is_shown_where_the_cause_is_not_known(copy, free_port):
    # given a project that cannot be built
    pyproject = copy.folder / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text().replace('version = "0.0.1"', 'version = "no number"')
    )

    # when it is started
    done = copy.up("--port", str(free_port))

    # then the log is named, and its last lines are there
    assert done.returncode == 2
    assert f"Installing failed. The last lines of {copy.venv / 'install.log'}:" in done.stderr
    assert "no number" in done.stderr


@pytest.mark.slow
def test_ctrl_c_while_it_installs_leaves_no_process_and_no_traceback(copy, free_port):
    # given an installation that waits for an index which never answers
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        process = copy.start("--port", str(free_port), PIP_INDEX_URL=index, **ONLY)
        connection, _ = silent.accept()

        # when Ctrl-C is pressed
        with connection:
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)

    # then it ends, and what it started ends
    assert process.returncode == 130
    assert errors.split() == ["Stopped."]
    assert programs_of(copy.folder) == []

    # and the next start installs from the beginning
    done = copy.up("--port", str(free_port))
    assert done.returncode == 0, done.stderr
    assert told(done.stdout)["greeting"] == "first"


def test_an_environment_that_is_somebody_elses_is_left_alone(copy, free_port):
    # given a .venv that this script did not make
    copy.venv.mkdir()
    theirs = copy.venv / "theirs.txt"
    theirs.write_text("keep me")

    # when the project is started
    done = copy.up("--port", str(free_port))

    # then it asks, and touches nothing
    assert "move it away" in one_sentence(done)
    assert list(copy.venv.iterdir()) == [theirs]


def test_onebox_without_root_is_refused(copy, free_port):
    # given a user who is not root
    other = 65534 if os.geteuid() == 0 else None

    # when the one-machine cluster is asked for
    done = subprocess.run(
        ["/usr/bin/python3", str(copy.folder / "scripts" / "up"), "--site", "onebox"],
        env={**copy.environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        user=other,
    )

    # then one sentence says what is missing: root, or the right system
    assert "The site onebox needs" in one_sentence(done)


@pytest.mark.parametrize("word", ["80", "65532", "http", "-1"])
def test_a_port_that_cannot_be_is_refused(copy, word):
    # when a port is asked for that the hub cannot take
    done = copy.up(f"--port={word}")

    # then the range is named, and nothing was made
    assert done.returncode == 2
    assert "1024 to 65531" in done.stderr
    assert not copy.venv.exists()


def old_python(copy, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/up in a Python that says it is 3.6."""
    script = Path(__file__).with_name("as_python36.py")
    return subprocess.run(
        [sys.executable, str(script), str(copy.folder / "scripts" / "up"), *arguments],
        env={**copy.environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_an_old_python_is_told_in_one_sentence(copy, tmp_path):
    # given a Python 3.6, and no newer one on the PATH
    # when the project is started
    done = old_python(copy, path=str(tmp_path))

    # then the version that it needs is said
    sentence = one_sentence(done)
    assert "needs Python 3.11 or newer" in sentence
    assert "3.6" in sentence


def test_an_old_python_gives_way_to_a_newer_one(copy, tmp_path):
    # given a Python 3.6, a version manager's shim that does not work, and a newer Python
    shim, newer = tmp_path / "python3.14", tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    newer.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    newer.chmod(0o755)

    # when the project is started
    done = old_python(copy, "--help", path=str(tmp_path))

    # then the newer one runs it
    assert done.returncode == 0, done.stderr
    assert "--site {local,onebox}" in done.stdout


@pytest.mark.parametrize("name", ["up", "test", "lint", "tools/__init__.py", "tools/start.py"])
def test_every_python_can_read_what_starts_first(copy, name):
    # given a file that runs before a newer Python is looked for
    text = (copy.folder / "scripts" / name).read_text()

    # then it holds nothing that came after 3.6
    ast.parse(text, feature_version=(3, 6))
