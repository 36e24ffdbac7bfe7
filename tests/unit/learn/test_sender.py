"""Events on their way to a service that is down, slow, broken, or forgetful: each arrives once."""

import errno
import json
import os
import subprocess
import sys
import threading
import time

import pytest
from keeper import Keeper

from courses.learn import outbox
from courses.learn.desk import desk
from courses.learn.events import Event, Kind
from courses.learn.outbox import Writer, read, sent
from courses.learn.sender import Sender, pause_s, send
from courses.learn.service import LONGEST_BODY, NotNowError, Service

TOKEN = "a-token-of-a-session"
QUICK = {"pause": lambda away_s, wanted_s: 0.01}


@pytest.fixture
def keeper():
    one = Keeper()
    yield one
    one.stop()


@pytest.fixture
def service(keeper):
    return Service(keeper.url, TOKEN, time_limit_s=0.5)


def fill(outbox, count, session="20300101T000000-here-1", first=1):
    writer = Writer(outbox, session)
    for seq in range(first, first + count):
        writer.add(Event(seq=seq, kind="hint-shown"))
    return writer.file


def seqs(keeper):
    return list(keeper.kept.values())


def test_events_arrive_in_order_with_the_session_s_token(tmp_path, keeper, service):
    file = fill(tmp_path, 3)

    send(tmp_path, service)

    assert seqs(keeper) == [1, 2, 3]
    assert keeper.requests == [(f"token {TOKEN}", 3, "/events")]
    assert sent(file) == file.stat().st_size


def test_what_was_acknowledged_is_not_sent_again(tmp_path, keeper, service):
    fill(tmp_path, 2)
    send(tmp_path, service)
    fill(tmp_path, 2, first=3)

    send(tmp_path, service)
    send(tmp_path, service)

    assert [count for _, count, _ in keeper.requests] == [2, 2]
    assert seqs(keeper) == [1, 2, 3, 4]


def test_hours_of_events_go_in_portions_and_in_order(tmp_path, keeper, service):
    fill(tmp_path, 1201)

    send(tmp_path, service)

    assert [count for _, count, _ in keeper.requests] == [500, 500, 201]
    assert seqs(keeper) == list(range(1, 1202))


def test_what_earlier_kernels_left_is_sent_too_oldest_first(tmp_path, keeper, service):
    fill(tmp_path, 2, session="20300102T000000-here-b", first=10)
    fill(tmp_path, 2, session="20300101T000000-here-a", first=1)

    send(tmp_path, service)

    assert seqs(keeper) == [1, 2, 10, 11]


@pytest.mark.parametrize(
    "how",
    [500, 502, 401, 403, 404, 204, "half", "short", "forgetful", "silent", "cut", "wait", "away"],
)
def test_after_any_failure_all_arrive_once_and_in_order(tmp_path, keeper, service, how):
    fill(tmp_path, 5)
    keeper.answers = [how]

    with pytest.raises(NotNowError):
        send(tmp_path, service)
    fill(tmp_path, 2, first=6)
    send(tmp_path, service)

    assert seqs(keeper) == [1, 2, 3, 4, 5, 6, 7]


def test_a_service_that_is_down_leaves_all_as_it_was(tmp_path, keeper, service):
    file = fill(tmp_path, 2)
    keeper.stop()

    with pytest.raises(NotNowError):
        send(tmp_path, service)

    assert sent(file) == 0
    assert [one.seq for one in read(tmp_path)[0]] == [1, 2]


def test_a_service_that_drips_is_given_up_in_time(tmp_path, service, monkeypatch):
    class Dripping:
        def read1(self, _):
            time.sleep(0.05)
            return b" "

    from courses.learn import service as module

    start = time.monotonic()
    with pytest.raises(NotNowError, match="no end"):
        module._read(Dripping(), start + 0.2)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("how", ["wait", "away"])
def test_a_service_that_asks_for_a_pause_is_heard(tmp_path, keeper, service, how):
    fill(tmp_path, 1)
    keeper.answers = [how]

    with pytest.raises(NotNowError) as caught:
        send(tmp_path, service)

    assert caught.value.pause_s == 7
    assert pause_s(0, caught.value.pause_s) >= 7


def test_a_token_does_not_follow_a_redirect(tmp_path, keeper, service):
    fill(tmp_path, 1)
    keeper.answers = ["elsewhere"]

    with pytest.raises(NotNowError):
        send(tmp_path, service)

    assert [path for _, _, path in keeper.requests] == ["/events"]


def test_too_large_a_request_is_halved(tmp_path, keeper, service):
    fill(tmp_path, 10)
    keeper.largest = 3

    send(tmp_path, service)

    assert seqs(keeper) == list(range(1, 11))


def test_an_event_that_is_too_large_by_itself_is_set_aside(tmp_path, keeper, service):
    file = fill(tmp_path, 2)
    keeper.largest = 0

    send(tmp_path, service)

    aside = [json.loads(one) for one in file.with_suffix(".refused").read_text().splitlines()]
    assert [one["why"] for one in aside] == ["too large", "too large"]
    assert sent(file) == file.stat().st_size


def test_more_than_the_service_hears_out_is_never_sent(tmp_path, keeper, service):
    # given an event by hand that is longer than any request may be
    file = fill(tmp_path, 1)
    Writer(tmp_path, file.stem).add(
        Event(seq=2, kind="hint-shown", detail={"x": "x" * LONGEST_BODY})
    )
    fill(tmp_path, 1, first=3)
    # when
    send(tmp_path, service)
    # then
    assert seqs(keeper) == [1, 3]
    assert json.loads(file.with_suffix(".refused").read_text())["why"] == "too large"


def test_a_refused_event_is_set_aside_and_the_rest_goes_on(tmp_path, keeper, service):
    file = fill(tmp_path, 3)
    refused = read(tmp_path)[0][1]
    keeper.refuse = {refused.id}

    send(tmp_path, service)

    assert seqs(keeper) == [1, 3]
    assert json.loads(file.with_suffix(".refused").read_text()) == {
        "id": refused.id,
        "why": "unknown course",
    }


def test_a_broken_line_is_set_aside_and_the_rest_goes_on(tmp_path, keeper, service):
    file = fill(tmp_path, 1)
    with file.open("a") as out:
        out.write("{broken\n")
    fill(tmp_path, 1, first=2)

    send(tmp_path, service)

    assert seqs(keeper) == [1, 2]
    assert file.with_suffix(".broken").read_text() == "{broken\n"


def test_what_cannot_be_read_holds_up_no_other(tmp_path, keeper, service):
    # given, before any file of events, a folder, a link to nothing and a pipe that nobody fills
    (tmp_path / "0.jsonl").mkdir()
    (tmp_path / "1.jsonl").symlink_to("nothing")
    os.mkfifo(tmp_path / "2.jsonl")
    fill(tmp_path, 1)
    # when
    send(tmp_path, service)
    # then
    assert seqs(keeper) == [1]


def test_two_senders_at_once_send_nothing_twice(tmp_path, keeper, service):
    fill(tmp_path, 50)
    keeper.answers = ["silent"]
    slow = Service(keeper.url, TOKEN, time_limit_s=20)

    def quietly():
        with pytest.raises(NotNowError):
            send(tmp_path, slow)

    first = threading.Thread(target=quietly)
    first.start()
    keeper.wait_for(50)
    with pytest.raises(NotNowError, match="somebody else"):
        send(tmp_path, service)
    keeper.held.set()
    first.join(20)
    send(tmp_path, service)

    assert seqs(keeper) == list(range(1, 51))


def test_a_sender_that_is_killed_in_between_loses_and_repeats_nothing(tmp_path, keeper, service):
    # given a process that has sent, and has not heard yet that all arrived
    fill(tmp_path, 5)
    keeper.answers = ["silent"]
    program = (
        "import pathlib, sys\n"
        "from courses.learn.sender import send\n"
        "from courses.learn.service import Service\n"
        "send(pathlib.Path(sys.argv[1]), Service(sys.argv[2], 'x', time_limit_s=60))\n"
    )
    sender = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), keeper.url])
    keeper.wait_for(5)

    # when it is killed, and another goes on
    sender.kill()
    sender.wait(20)
    keeper.held.set()
    fill(tmp_path, 1, first=6)
    send(tmp_path, service)

    # then
    assert seqs(keeper) == [1, 2, 3, 4, 5, 6]
    assert [count for _, count, _ in keeper.requests] == [5, 6]


def test_old_files_that_the_service_has_are_removed(tmp_path, keeper, service):
    old, new = fill(tmp_path, 1), fill(tmp_path, 1, session="20300102T000000-here-b")
    month_ago = time.time() - 31 * 86400
    send(tmp_path, service)
    os.utime(old, (month_ago, month_ago))

    send(tmp_path, service)

    assert not old.exists()
    assert not old.with_suffix(".sent").exists()
    assert new.exists()


def test_nothing_is_sent_where_there_is_no_outbox(tmp_path, keeper, service):
    send(tmp_path / "none", service)

    assert keeper.requests == []


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "ftp://x"])
def test_only_a_web_address_is_a_service(url):
    with pytest.raises(ValueError, match="no address"):
        Service(url, TOKEN)


def test_a_service_shows_no_token():
    assert TOKEN not in repr(Service("http://x", TOKEN))


@pytest.mark.parametrize(
    ("away_s", "least_s", "most_s"),
    [(0, 1, 2), (60, 1, 2), (600, 1, 2), (6_000, 10, 20), (90_000, 150, 300), (1e9, 150, 300)],
)
def test_pauses_are_short_at_first_and_grow_with_an_outage(away_s, least_s, most_s):
    pauses = [pause_s(away_s) for _ in range(200)]

    assert least_s <= min(pauses) <= max(pauses) <= most_s


@pytest.mark.parametrize("wanted_s", [0.0, 2.0])
def test_those_who_were_refused_together_do_not_come_back_together(wanted_s):
    pauses = sorted(pause_s(60, wanted_s) for _ in range(500))

    assert pauses[-1] - pauses[0] > 0.5
    assert max(sum(at <= one < at + 0.1 for one in pauses) for at in pauses) < 150


def test_nobody_is_kept_away_for_long():
    assert pause_s(0, 1e9) < 600


# -- in a kernel


def test_a_sender_goes_on_by_itself_when_the_service_is_back(tmp_path, keeper, service):
    keeper.answers = [500, "cut", 503, "half"]
    sender = Sender(tmp_path, service, **QUICK)
    sender.start()
    fill(tmp_path, 2)

    sender.wake()
    keeper.wait_for(2)
    fill(tmp_path, 1, first=3)
    sender.wake()
    keeper.wait_for(3)

    assert seqs(keeper) == [1, 2, 3]
    assert sender.daemon


def test_a_kernel_sends_what_happens_in_it(course, keeper, monkeypatch):
    monkeypatch.setenv("ONBOARD_EVENTS_URL", keeper.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)

    desk().tell(Kind.LESSON_OPENED)
    keeper.wait_for(1)

    assert keeper.requests[0][0] == f"token {TOKEN}"


@pytest.mark.parametrize("missing", ["ONBOARD_EVENTS_URL", "JUPYTERHUB_API_TOKEN"])
def test_a_kernel_without_a_service_writes_and_sends_nothing(
    course, outbox, keeper, monkeypatch, missing
):
    monkeypatch.setenv("ONBOARD_EVENTS_URL", keeper.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
    monkeypatch.delenv(missing)
    before = set(threading.enumerate())

    desk().tell(Kind.LESSON_OPENED)

    assert len(read(outbox)[0]) == 1
    assert set(threading.enumerate()) == before


def test_a_service_that_hangs_delays_neither_a_cell_nor_the_kernel_s_end(course, keeper):
    keeper.answers = ["silent"]
    program = (
        "from courses.learn.desk import desk\n"
        "from courses.learn.events import Kind\n"
        "import time\n"
        "start = time.monotonic()\n"
        "desk().tell(Kind.LESSON_OPENED)\n"
        "print(time.monotonic() - start)\n"
    )
    env = {**os.environ, "ONBOARD_EVENTS_URL": keeper.url, "JUPYTERHUB_API_TOKEN": TOKEN}

    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=env,
        cwd=course,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert float(done.stdout) < 1
    assert time.monotonic() - start < 5
    assert done.stderr == ""


def test_a_full_home_holds_up_no_event_and_repeats_none(tmp_path, keeper, service, monkeypatch):
    # given a home that takes nothing, and what two kernels left
    def full(**_):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    make = outbox.tempfile.mkstemp
    monkeypatch.setattr(outbox.tempfile, "mkstemp", full)
    first, second = fill(tmp_path, 2), fill(tmp_path, 2, "20300102T000000-here-2", first=3)
    # when
    for _ in range(2):
        with pytest.raises(OSError, match="quota"):
            send(tmp_path, service)
    # then
    assert [count for _, count, _ in keeper.requests] == [2, 2]
    assert seqs(keeper) == [1, 2, 3, 4]
    assert sent(first) == sent(second) == 0
    # when there is room again
    monkeypatch.setattr(outbox.tempfile, "mkstemp", make)
    send(tmp_path, service)
    # then it is written down without another word to the service
    assert len(keeper.requests) == 2
    assert sent(first) == first.stat().st_size
    assert sent(second) == second.stat().st_size
