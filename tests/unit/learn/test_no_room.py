"""A home that takes no more: verdicts are shown, it is said, and all is kept once there is room."""

from __future__ import annotations

import errno
import json
import os
import threading

import pytest

from courses.learn import Check, answer, exercise, keeping, memory, quiz
from courses.learn.desk import desk
from courses.learn.keeping import Keeper
from courses.learn.outbox import read

TWO = Check("It is 2", lambda one: one == 2, "Count again.")
FULL = "This could not be saved: your storage is full. Delete what you do not need."
LOCKED = "This could not be saved: your course folder cannot be written to."


def tell(value):
    exercise("two", lambda: value, title="Two", checks=[TWO])


def ask():
    quiz("one", question="Which?", choices={"a": "A", "b": "B"}, answer="a")
    answer("one", "a")


class Home:
    """A trainee's home whose next writes can be refused."""

    def __init__(self, monkeypatch):
        self.code = 0
        self._write, self._make = os.write, memory.tempfile.mkstemp
        self._mkdir = os.mkdir
        monkeypatch.setattr(os, "write", self.write)
        monkeypatch.setattr(os, "mkdir", self.mkdir)
        monkeypatch.setattr(memory.tempfile, "mkstemp", self.make)

    def write(self, handle, content):
        self._refuse()
        return self._write(handle, content)

    def make(self, *args, **named):
        if named["dir"].is_dir():  # else that is what is wrong
            self._refuse()
        return self._make(*args, **named)

    def mkdir(self, *args, **named):
        self._refuse()
        return self._mkdir(*args, **named)

    def _refuse(self):
        if self.code:
            raise OSError(self.code, os.strerror(self.code))


@pytest.fixture
def again(monkeypatch):
    """The kernel tries again only when it is told to."""
    go = threading.Event()
    monkeypatch.setattr(Keeper.__init__, "__defaults__", (lambda _: go.wait(10),))
    yield go
    go.set()


@pytest.fixture
def home(course, again, monkeypatch):
    return Home(monkeypatch)


def states(course):
    return json.loads((course / ".onboard" / "state.json").read_text())["states"]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, FULL),
        (errno.EDQUOT, FULL),
        (errno.EROFS, LOCKED),
        (errno.EACCES, LOCKED),
    ],
)
def test_a_check_without_room_shows_its_verdict_and_says_that_it_is_not_saved(
    home, shown, code, sentence
):
    # when
    home.code = code
    right, asked = shown(tell, 2), shown(ask)
    # then
    assert "Right. Well done" in right
    assert sentence in right
    assert sentence in asked
    assert desk().standing("two").state == "right"
    # when there is room again
    home.code = 0
    # then
    assert "could not be saved" not in shown(tell, 2)


def test_with_room_nothing_is_said(home, shown):
    assert "could not be saved" not in shown(tell, 2) + shown(ask)


def test_what_was_not_answered_is_not_said_to_be_unsaved(home, shown):
    # given
    home.code = errno.EDQUOT
    shown(tell, 2)
    # when
    untried = shown(tell, ...)
    unanswered = shown(quiz, "more", question="?", choices={"a": "A", "b": "B"}, answer="a")
    # then
    assert "could not be saved" not in untried + unanswered


def test_what_could_not_be_saved_is_saved_without_a_hand(home, shown, course, outbox, again):
    # given
    home.code = errno.EDQUOT
    shown(tell, 3)
    shown(tell, 2)
    assert not (course / ".onboard" / "state.json").exists()
    # when there is room again, and nobody does anything
    home.code = 0
    again.set()
    for thread in threading.enumerate():
        if thread.name == keeping.THREAD:
            thread.join(10)
    # then
    assert states(course)["tiny/one/two"]["state"] == "right"
    events, broken = read(outbox)
    assert [(one.exercise, one.state) for one in events] == [("two", "wrong"), ("two", "right")]
    assert broken == []
    assert desk().unsaved() == ""


def test_who_has_all_saved_is_told_of_it():
    # given a part that can be kept at the second try
    class Part:
        error = OSError(errno.ENOSPC, "full")
        tries = 0

        def keep(self):
            self.tries += 1
            if self.tries == 2:
                self.error = None
            return self.error is None

    part, done = Part(), threading.Event()
    keeper = Keeper([part], done.set, lambda _: None)
    # when
    keeper.look()
    # then
    assert done.wait(10)
    assert keeper.sentence() == ""


@pytest.mark.parametrize("language", ["fr", "de"])
def test_it_is_said_in_the_lessons_language(home, shown, monkeypatch, language):
    # given
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)
    for code in (errno.EDQUOT, errno.EROFS):
        # when
        home.code = code
        text = shown(tell, 2)
        # then
        assert "could not be saved" not in text
        assert desk().unsaved() in text
        assert desk().unsaved() != ""
