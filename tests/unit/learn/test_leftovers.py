"""What kernels could not send is sent by their session's server, and delays nothing there."""

import os
import signal
import subprocess
import sys
import time

import pytest
from keeper import Keeper

from courses.learn.desk import desk
from courses.learn.events import Event, Kind
from courses.learn.outbox import Writer
from courses.leftovers import FIRST_LOOK_S, LOOK_EVERY_S, Leftovers

TOKEN = "a-token-of-a-session"


@pytest.fixture
def keeper():
    one = Keeper()
    yield one
    one.stop()


@pytest.fixture
def env(keeper):
    return {"ONBOARD_EVENTS_URL": keeper.url, "JUPYTERHUB_API_TOKEN": TOKEN}


def leave(outbox, count=2):
    writer = Writer(outbox, "20300101T000000-7-a")
    for seq in range(1, count + 1):
        writer.add(Event(seq=seq, kind="hint-shown"))


class Enough(Exception):
    """The session ends."""


def pauses(until):
    """Return a pause that takes no time and remembers itself, and ends all after so many."""
    taken = []

    def pause(seconds):
        taken.append(seconds)
        if len(taken) == until:
            raise Enough

    return taken, pause


def test_what_a_kernel_left_is_sent(course, outbox, keeper, env):
    # given a kernel that knew of no service
    desk().tell(Kind.LESSON_OPENED)

    # when
    Leftovers(course.parent, env).send()
    Leftovers(course.parent, env).send()

    # then
    assert len(keeper.kept) == 1
    assert len(keeper.requests) == 1


def test_it_looks_again_and_again(course, outbox, keeper, env):
    # given a service that is away at first, and asks for a while
    leave(outbox)
    keeper.answers = ["cut", "away"]
    taken, pause = pauses(until=5)

    # when
    with pytest.raises(Enough):
        Leftovers(course.parent, env).keep_sending(pause)

    # then
    assert list(keeper.kept.values()) == [1, 2]
    assert taken[0] == FIRST_LOOK_S
    assert all(7 <= one < 2 * LOOK_EVERY_S for one in taken[1:])


def test_a_service_that_asks_for_a_long_pause_gets_it(course, outbox, keeper, env):
    leave(outbox)
    keeper.answers = ["away_long"]

    assert Leftovers(course.parent, env).send() == 120


def test_a_session_without_a_service_sends_nothing(course, outbox, keeper, env):
    leave(outbox)

    assert Leftovers(course.parent, {**env, "ONBOARD_EVENTS_URL": ""}).send() == 0
    assert keeper.requests == []


def test_an_outbox_that_cannot_be_written_is_no_end(course, outbox, keeper, env):
    leave(outbox)
    (outbox / "lock").mkdir()

    assert Leftovers(course.parent, env).send() == 0


def test_where_nothing_was_learned_nothing_is_loaded(tmp_path):
    # when
    program = (
        "import pathlib, sys, courses.leftovers as it\n"
        "it.Leftovers(pathlib.Path(sys.argv[1]), {'ONBOARD_EVENTS_URL': 'http://x'}).send()\n"
        "print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.split()

    # then
    assert "courses.leftovers" in loaded
    assert {"courses.learn", "IPython", "urllib.request", "ssl"}.isdisjoint(loaded)


@pytest.mark.slow
def test_a_real_server_sends_what_is_left(course, outbox, keeper, env):
    # given a session's server that need not wait for a first cell
    leave(outbox)
    program = (
        "import courses.leftovers as it\n"
        "it.FIRST_LOOK_S = 0\n"
        "from jupyter_server.serverapp import main\n"
        "main()\n"
    )
    settings = {
        "jpserver_extensions": "courses.leftovers=True",
        "root_dir": str(course.parent),
        "open_browser": "False",
        "allow_root": "True",
        "port": "0",
    }
    arguments = [f"--ServerApp.{name}={value}" for name, value in settings.items()]

    # when
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **env, "HOME": str(course.parent)},
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            keeper.wait_for(2)
        finally:
            # The thread that sends is no reason to stay.
            server.send_signal(signal.SIGTERM)
            began_s = time.monotonic()
            server.wait(20)

    # then
    assert list(keeper.kept.values()) == [1, 2]
    assert time.monotonic() - began_s < 10
