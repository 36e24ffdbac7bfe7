"""What a kernel says of the time that is left, from files that may be missing or half written."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from courses.learn import session
from courses.learn.gpus import read_gpus
from courses.learn.remaining import Remaining, read_remaining
from courses.learn.session_panel import time_html

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
GPU = {
    "index": "0",
    "name": "NVIDIA A100",
    "busy_percent": 35,
    "memory_used_mib": 2150,
    "memory_mib": 40960,
}


@pytest.fixture
def env(tmp_path):
    path = tmp_path / "session-4711.json"
    path.write_text(json.dumps({"deadline": time.time() + 5400}), encoding="utf-8")
    return {"ONBOARD_SESSION_FILE": str(path), "PATH": ""}


def tell(tmp_path, **changes):
    status = {"at": time.time(), "gpus": [GPU], "warning": None} | changes
    path = tmp_path / "session-4711.status.json"
    path.write_text(json.dumps(status), encoding="utf-8")


def test_outside_a_session_nothing_is_said_of_time():
    assert read_remaining({}) == Remaining(None)
    assert "Time left" not in str(session({"PATH": ""}))


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (timedelta(hours=1, minutes=32), "Time left: 1 h 32 min."),
        (timedelta(minutes=11), "Time left: 11 min."),
        (timedelta(minutes=9), "Time left: 9 min. Save your work: it ends soon."),
        (timedelta(seconds=59), "Time left: less than a minute. Save your work: it ends soon."),
        (timedelta(-1), "Time left: less than a minute. Save your work: it ends soon."),
    ],
)
def test_time_left_is_said_in_words_and_warned_of(left, sentence):
    assert Remaining(NOW + left).sentence(NOW) == sentence


def test_the_job_s_file_says_when_the_session_ends(env):
    said = str(session(env))

    assert "Time left: 1 h 29 min." in said


def test_the_scheduler_s_own_word_counts_first(env):
    end = datetime.now(UTC) + timedelta(hours=5)

    assert read_remaining(env, end).ends_at == end


def test_gpu_use_is_what_the_server_saw_where_no_driver_answers(env, tmp_path):
    tell(tmp_path)

    said = str(session({**env, "CUDA_VISIBLE_DEVICES": "0"}))

    assert "GPU 0: NVIDIA A100, 40 GiB of its own memory (2.1 in use), 35 % busy" in said


def test_a_driver_that_answers_counts_first(env, tmp_path):
    tell(tmp_path)
    line = "0, GPU-a, T4, 15360, 0, [N/A]\n1, GPU-b, T4, 15360, 7680, 80\n"

    gpus = read_gpus({}, lambda: line, read_remaining(env).gpus)

    assert [str(gpu) for gpu in gpus.devices] == [
        "GPU 0: T4, 15 GiB of its own memory",
        "GPU 1: T4, 15 GiB of its own memory (7.5 in use), 80 % busy",
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("idle", "Nothing has been done"), ("gpu idle", "The GPU has done nothing"), ("time", "")],
)
def test_the_server_s_warning_is_passed_on(env, tmp_path, reason, words):
    tell(tmp_path, warning={"reason": reason, "left_s": 100})

    assert bool(read_remaining(env).warning) is bool(words)
    assert words in str(session(env))


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 0},
        {"at": "now"},
        {"gpus": [{}]},
        {"gpus": None},
        {"warning": "idle"},
        {"gpus": [{**GPU, "memory_mib": "much"}]},
    ],
    ids=str,
)
def test_a_status_that_is_old_or_makes_no_sense_says_nothing(env, tmp_path, changes):
    tell(tmp_path, **changes)

    found = read_remaining(env)

    assert (found.gpus, found.warning) == ((), "")
    assert found.ends_at is not None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"deadline": "soon"}', '{"deadline": 1e400}', "{}"]
)
def test_a_file_that_makes_no_sense_says_nothing(env, tmp_path, text):
    (tmp_path / "session-4711.json").write_text(text, encoding="utf-8")

    assert read_remaining(env) == Remaining(None)


def test_the_end_of_a_class_counts_where_it_comes_first(env, tmp_path):
    # given a session of an hour and a half, in a class that ends in ten minutes
    ends = time.time() + 600
    tell(tmp_path, deadline=ends)

    assert read_remaining(env).ends_at == datetime.fromtimestamp(ends, UTC)


def test_the_last_note_to_the_class_is_there_as_words(env, tmp_path):
    notes = [{"text": "First."}, {"text": "Look at <b>me</b> & go on."}]
    tell(tmp_path, notes=notes)

    html = time_html(read_remaining(env), datetime.now(UTC))

    assert "Look at &lt;b&gt;me&lt;/b&gt; &amp; go on." in html
    assert "First." not in html


@pytest.mark.parametrize("notes", [None, [], {}, [1], "x", [{"word": "x"}]])
def test_odd_notes_are_none(env, tmp_path, notes):
    tell(tmp_path, notes=notes)

    assert read_remaining(env).note == ""
