"""Events on their way to a service that is down, slow, broken, or forgetful: each arrives once."""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from courses.learn.desk import desk
from courses.learn.events import Event, Kind
from courses.learn.outbox import Writer, read, sent
from courses.learn.sender import Sender, pause_s, send
from courses.learn.service import NotNowError, Service

TOKEN = "a-token-of-a-session"
QUICK = {"pause": lambda failures: 0.01}


class Keeper:
    """A small real service. `answers` says how the next requests are treated; then all is well."""

    def __init__(self):
        self.kept = {}
        self.requests = []
        self.answers = []
        self.refuse = set()
        self.largest = None
        self.news = threading.Condition()
        self.held = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self):
        self.held.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def keep(self, events):
        with self.news:
            accepted, refused = 0, []
            for one in events:
                if one["id"] in self.refuse:
                    refused.append({"id": one["id"], "why": "unknown course"})
                elif one["id"] not in self.kept:
                    self.kept[one["id"]] = one["seq"]
                    accepted += 1
            self.news.notify_all()
        known = len(events) - accepted - len(refused)
        return {"accepted": accepted, "known": known, "refused": refused}

    def wait_for(self, count):
        with self.news:
            assert self.news.wait_for(lambda: len(self.kept) >= count, 20), self.kept

    def _handler(keeper):  # noqa: N805  the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                events = json.loads(body)["events"]
                keeper.requests.append((self.headers["Authorization"], len(events), self.path))
                how = keeper.answers.pop(0) if keeper.answers else "well"
                if keeper.largest is not None and len(events) > keeper.largest:
                    how = 413
                getattr(self, f"_{how}", lambda _: self._fail(how))(events)

            do_GET = do_POST  # noqa: N815

            def _well(self, events):
                self._say(200, json.dumps(keeper.keep(events)).encode())

            def _fail(self, status):
                self._say(status, b"{}")

            def _wait(self, events):
                self._say(429, b"{}", ("Retry-After", "7"))

            def _elsewhere(self, events):
                self._say(307, b"", ("Location", keeper.url + "/stolen"))

            def _half(self, events):
                answer = json.dumps(keeper.keep(events)).encode()
                self._say(200, answer[: len(answer) // 2], length=len(answer))

            def _short(self, events):
                self._say(200, json.dumps(keeper.keep(events)).encode()[:-5])

            def _forgetful(self, events):
                keeper.keep(events)
                self._say(200, b'{"accepted": 0, "known": 0, "refused": []}')

            def _silent(self, events):
                keeper.keep(events)
                keeper.held.wait(30)

            def _cut(self, events):
                keeper.keep(events)
                self.close_connection = True

            def _say(self, status, body, header=None, length=None):
                self.send_response(status)
                if header:
                    self.send_header(*header)
                self.send_header("Content-Length", str(length or len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_):
                pass

        return Handler


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
    "how", [500, 502, 401, 403, 404, 204, "half", "short", "forgetful", "silent", "cut", "wait"]
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


def test_a_service_that_asks_for_a_pause_is_heard(tmp_path, keeper, service):
    fill(tmp_path, 1)
    keeper.answers = ["wait"]

    with pytest.raises(NotNowError) as caught:
        send(tmp_path, service)

    assert caught.value.pause_s == 7


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


def test_pauses_grow_and_never_fall_into_step():
    assert 1 <= pause_s(1) <= 2
    assert 150 <= pause_s(50) <= 300
    assert len({pause_s(5) for _ in range(20)}) > 1


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
