"""A class on the real scheduler: in its reservation, there before its people, given back, ended."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from class_commands import Commands
from running_cluster import Cluster
from running_site import Browser, RunningSite, until

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(420)]

PEOPLE = ("trainee01", "trainee02", "trainee03")
RESERVATION = "onboard-class"
LESSON = "/services/courses/start/welcome/first-session"


@pytest.fixture
def commands(onebox_site: RunningSite) -> Commands:
    return Commands(onebox_site)


@pytest.fixture
def reserved(cluster: Cluster) -> Iterator[str]:
    with cluster.reservation(
        RESERVATION, f"users={','.join(PEOPLE)}", "nodes=cpu1", "corecnt=16"
    ) as name:
        yield name


def queue(*form: str) -> dict[str, str]:
    query = ["squeue", "--noheader", "--name=onboard-session", "--states=pending,running"]
    shown = subprocess.run(
        [*query, f"--format=%u|{'|'.join(form)}"],
        capture_output=True, text=True, timeout=20, check=True,
    ).stdout  # fmt: skip
    return dict(line.split("|", 1) for line in shown.split())


def jobs() -> dict[str, str]:
    """Return whose each session's job is, also of those that are over: by its id."""
    query = ["squeue", "--noheader", "--name=onboard-session", "--states=all", "--format=%i|%u"]
    shown = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    return dict(line.split("|", 1) for line in shown.split())


def closed(commands: Commands, class_id: str) -> bool:
    return any(class_id in line and "over" in line for line in commands("list").splitlines())


def press_start(trainee: Browser) -> httpx.Response:
    """Press Start on the course's page; return where it leads to."""
    trainee.http.get("/services/courses/")
    cookies = trainee.http.cookies.jar
    pages = "/services/courses/"
    xsrf = next(one.value for one in cookies if one.name == "_xsrf" and one.path == pages)
    return trainee.http.post(LESSON, data={"_xsrf": xsrf})


def click(trainee: Browser) -> float:
    """Press Start; return after how many seconds the lesson is open."""
    begin = time.monotonic()
    answer = press_start(trainee)
    seconds = time.monotonic() - begin
    assert f"/user/{trainee.user}/lab/tree/welcome/first-session" in str(answer.url), answer.text
    return seconds


def test_a_class_from_its_beginning_to_its_end(
    onebox_site: RunningSite, commands: Commands, reserved: str, tmp_path: Path
) -> None:
    # given a class that begins in half an hour, one of whose people has a session already
    class_id = commands.plan(tmp_path / "roster.csv", PEOPLE, 30, "--reservation", reserved)
    with onebox_site.sign_in("trainee03") as early, onebox_site.sign_in("trainee01") as trainee:
        early.start(size="cpu-small")
        early.ready()
        assert set(queue("%v").values()) == {"(null)"}

        # when its operator does not wait
        commands("start", class_id)

        # then the others' sessions are there, in the reservation, and theirs is left alone
        wanted = {"trainee01": "ready", "trainee02": "ready", "trainee03": "own session"}
        until(lambda: commands.states(class_id) == wanted, "they are ready", 120)
        kept = queue("%v")
        assert kept == {"trainee01": reserved, "trainee02": reserved, "trainee03": "(null)"}

        # when one of them presses Start
        seconds = click(trainee)

        # then the lesson is open at once
        assert seconds < 5
        until(lambda: commands.states(class_id)["trainee01"] == "opened", "it is known", 20)

        # when all are told something, then it is in their session within ten seconds
        commands("note", class_id, "Look at <b>me</b>.")
        status = "/user/trainee01/onboard/session"
        until(lambda: trainee.http.get(status).json()["notes"], "they are told", 10)
        assert trainee.http.get(status).json()["notes"][0]["text"] == "Look at <b>me</b>."

        # when the class begins, and one does not come
        now_ms = int(time.time() * 1000)
        commands.hasten(class_id, starts_ms=now_ms - 5000, empty_s=10)

        # then their seat is given back, and nobody else's
        until(lambda: commands.states(class_id)["trainee02"] == "given back", "it is", 60)
        until(lambda: set(queue("%v")) == {"trainee01", "trainee03"}, "its nodes are free", 60)

        # when they come late
        with onebox_site.sign_in("trainee02") as late:
            until(lambda: not late.server(), "the hub is done with the first one", 30)
            press_start(late)
            late.ready()

            # then it is in the reservation still
            assert queue("%v")["trainee02"] == reserved

            # when the class ends
            assert "ends at" in commands("end", class_id)
            commands.hasten(class_id, ends_ms=int(time.time() * 1000))

            # then all of its sessions are over, and the one that is none of it goes on
            until(lambda: set(queue("%v")) == {"trainee03"}, "they are over", 90)
            assert early.server().get("ready")
            until(lambda: "over" in commands("list"), "the class is closed", 30)
        early.end()


def test_a_class_goes_on_after_the_course_pages_were_killed(
    onebox_site: RunningSite, commands: Commands, tmp_path: Path
) -> None:
    # given a class whose sessions are being started
    before = jobs()
    class_id = commands.plan(tmp_path / "roster.csv", PEOPLE, 30)
    commands("start", class_id)
    until(lambda: jobs().keys() - before.keys(), "one is on its way", 60)

    # when the course pages are killed, before they know of any that it is ready
    killed = onebox_site.course_pages()
    killed.kill()
    killed.wait(10)
    assert "ready" not in commands.states(class_id).values()

    # then the class goes on when they are back: each seat has one session, and had no other
    ready = dict.fromkeys(PEOPLE, "ready")
    until(lambda: commands.states(class_id) == ready, "they are ready", 120)
    assert onebox_site.course_pages().pid != killed.pid
    assert sorted(queue("%v")) == sorted(PEOPLE)
    assert sorted(jobs()[one] for one in jobs().keys() - before.keys()) == sorted(PEOPLE)

    # when the class ends, then all of its sessions are over
    commands("end", class_id)
    commands.hasten(class_id, ends_ms=int(time.time() * 1000))
    until(lambda: not queue("%v"), "they are over", 90)
    until(lambda: closed(commands, class_id), "the class is closed", 30)
    assert len(jobs().keys() - before.keys()) == len(PEOPLE)


def test_nobody_takes_a_seat_that_is_not_theirs(onebox_site: RunningSite, reserved: str) -> None:
    with onebox_site.sign_in("trainee04") as stranger:
        for options in (
            {"seat": reserved},
            {"seat": f"0123abcd.{int(time.time()) + 600}.{'0' * 32}.{reserved}"},
            {"reservation": reserved},
        ):
            answer = stranger.start(size="cpu-small", **options)
            assert answer.status_code == 400, answer.text
    assert queue("%v") == {}


def test_a_trainees_token_makes_nobody_known(onebox_site: RunningSite) -> None:
    with onebox_site.sign_in("trainee04") as trainee:
        answer = trainee.api("PUT", "/onboard/people/trainee01")
        assert answer.status_code == 403
        assert trainee.api("GET", "/users").status_code == 403
        assert trainee.api("POST", "/users/trainee01/server", json={}).status_code in (403, 404)
