"""The header of a lesson, and the session's own panel."""

import asyncio
import json
import time

import pytest

from courses.learn import Check, exercise, lesson, session
from courses.learn.desk import desk
from courses.learn.gpus import Gpu
from courses.learn.lesson import Header
from courses.learn.outbox import read
from courses.learn.refreshing import refresh
from courses.learn.session_panel import gpus_html
from courses.learn.words import language

GPU = Gpu("0", "", "NVIDIA A100", 40960, 2150, 35)


def solve(name, answer):
    checks = [Check("It is 2", lambda one: one == 2, "")]
    exercise(name, lambda: answer, title=f"Exercise {name}", checks=checks)


def test_a_header_says_how_each_exercise_stands(shown):
    assert shown(lesson, "tiny", "one", exercises=["a", "b"]).splitlines() == [
        "Right so far: 0 of 2.",
        "  [Not attempted yet] a",
        "  [Not attempted yet] b",
    ]
    shown(solve, "a", 2)
    shown(solve, "b", 3)

    assert shown(lesson, "tiny", "one", exercises=["a", "b", "c"]).splitlines() == [
        "Right so far: 1 of 3.",
        "  [Right] Exercise a",
        "  [Wrong] Exercise b",
        "  [Not attempted yet] c",
    ]


def test_a_header_may_give_titles_to_what_was_not_seen_yet(shown):
    titles = {"a": "The first", "b": "The second"}
    shown(lesson, "tiny", "one", exercises=titles)
    shown(solve, "a", 2)

    assert shown(lesson, "tiny", "one", exercises=titles).splitlines() == [
        "Right so far: 1 of 2.",
        "  [Right] The first",
        "  [Not attempted yet] The second",
    ]


def test_a_header_keeps_up_with_the_exercises_below_it(shown):
    desk().name_lesson("tiny", "one")
    progress, _ = Header(desk(), {"a": ""}).widget().children
    assert "0 of 1" in progress.value

    shown(solve, "a", 2)

    assert "1 of 1" in progress.value
    assert 'role="status"' in progress.value


def test_what_was_right_once_stays_right_in_the_header(course, shown, kernel_restarts):
    shown(solve, "a", 2)
    shown(solve, "a", 3)
    kernel_restarts()

    assert "[Right] Exercise a" in shown(lesson, "tiny", "one", exercises=["a"])


def test_a_lesson_without_exercises_shows_no_progress(shown):
    assert shown(lesson, "tiny", "one").strip() == ""


def test_opening_a_lesson_is_an_event(course, outbox, shown):
    shown(lesson, "tiny", "two")

    (event,) = read(outbox)[0]

    assert (event.kind, event.course, event.lesson) == ("lesson-opened", "tiny", "two")


def test_a_lesson_says_what_it_is_written_in(shown):
    said = shown(lesson, "tiny", "one", exercises=["a"], language="fr")

    assert language() == "fr"
    assert "Réussis jusqu’ici\u00a0: 0 sur 1." in said


def test_two_headers_differ_in_nothing_that_is_compared(tmp_path, monkeypatch):
    # given a session whose end is known
    facts = tmp_path / "session.json"
    facts.write_text(json.dumps({"deadline": time.time() + 5400}))
    monkeypatch.setenv("ONBOARD_SESSION_FILE", str(facts))

    header = Header(desk(), {"a": ""})
    first, second = (header._repr_mimebundle_() for _ in range(2))

    # then the time is in the widget, and in nothing else
    assert "Time left: 1 h 29 min." in header.widget().children[1].value
    assert "The session ends at" in header.widget().children[1].value
    first.pop("application/vnd.jupyter.widget-view+json")
    second.pop("application/vnd.jupyter.widget-view+json")
    assert first == second
    assert "Time left" not in str(first)


def test_a_session_shows_gauges_with_the_same_in_words(tmp_path, monkeypatch):
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"deadline": time.time() + 5400}))
    gpu = {
        "index": "0",
        "name": "NVIDIA A100",
        "busy_percent": 35,
        "memory_used_mib": 2150,
        "memory_mib": 40960,
    }
    status = {"at": time.time(), "gpus": [gpu], "warning": None}
    path.with_suffix(".status.json").write_text(json.dumps(status))
    monkeypatch.setenv("ONBOARD_SESSION_FILE", str(path))
    monkeypatch.setenv("PATH", "")

    bundle = session()._repr_mimebundle_()

    assert "Time left: 1 h 29 min." in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "35 % busy" in bundle["text/plain"]


def test_a_gauge_is_a_meter_with_a_label():
    markup = gpus_html((GPU,))

    assert "<label>GPU 0, busy <meter" in markup
    assert 'max="40960" value="2150"' in markup.replace('min="0" ', "")
    assert gpus_html(()) == ""


@pytest.mark.parametrize(("name", "words"), [("fr", "Temps restant"), ("de", "Verbleibende Zeit")])
def test_a_session_speaks_the_language_of_the_lesson(tmp_path, monkeypatch, name, words):
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"deadline": time.time() + 5400}))
    monkeypatch.setenv("ONBOARD_LANGUAGE", name)

    assert words in str(session({"ONBOARD_SESSION_FILE": str(path), "PATH": ""}))


async def test_a_clock_goes_on_between_cells_and_a_new_one_replaces_it():
    shown = []
    three = asyncio.Event()

    def clock(name):
        def show():
            shown.append(name)
            if shown.count("new") == 3:
                three.set()

        return show

    refresh(clock("old"), every_s=0.01)
    refresh(clock("new"), every_s=0.01)
    await asyncio.wait_for(three.wait(), 10)

    assert shown.count("old") == 1


def test_a_clock_without_a_loop_shows_once():
    shown = []

    refresh(lambda: shown.append(1))

    assert shown == [1]
