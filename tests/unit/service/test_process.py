"""The course pages as the process that a hub starts, ends, or leaves behind."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(port, machine, tmp_path):
    return {
        **os.environ,
        "JUPYTERHUB_API_TOKEN": "the-services-own-token",
        "JUPYTERHUB_API_URL": "http://127.0.0.1:1/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": "service-courses",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/courses/",
        "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}",
        "ONBOARD_CATALOGUE": str(tmp_path),
        "ONBOARD_LEARNING": json.dumps({"database": f"sqlite:///{tmp_path}/learning.sqlite"}),
        "ONBOARD_MACHINE": machine.model_dump_json(),
        "ONBOARD_SITE_TITLE": "The Factory",
    }


def start(environment, *command: str) -> subprocess.Popen:
    """Start it, and return once it says that it listens."""
    process = subprocess.Popen(
        command or (sys.executable, "-m", "courses.service"),
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines = iter(process.stderr.readline, "")
    assert any("The course pages are at" in line for line in lines), "it did not start"
    return process


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_told_even_where_that_is_ignored(environment, port, name):
    # given a process that inherits an ignored signal, as in a script's background
    shell = f"trap '' {name.name[3:]}; exec \"$0\" -m courses.service"
    with start(environment, "sh", "-c", shell, sys.executable) as process:
        listening = socket.create_connection(("127.0.0.1", port), timeout=5)
        listening.close()
        # when
        process.send_signal(name)
        # then
        assert process.wait(timeout=10) == 0


def test_it_ends_when_the_hub_was_killed(environment, port):
    # given a hub (here a shell) that started it
    shell = '"$0" -m courses.service & read -r word'
    with start(environment, "sh", "-c", shell, sys.executable) as hub:
        # when
        hub.kill()
        # then its end of the pipe closes, and the port is free
        hub.stderr.read()
        with socket.socket() as next_one:
            next_one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            next_one.bind(("127.0.0.1", port))


def test_a_missing_variable_is_one_sentence(environment):
    # given
    del environment["ONBOARD_MACHINE"]
    # when
    ended = subprocess.run(
        [sys.executable, "-m", "courses.service"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # then
    assert ended.returncode == 2
    assert "need the variable ONBOARD_MACHINE" in ended.stderr
    assert "Traceback" not in ended.stderr
