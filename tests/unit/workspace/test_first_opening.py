"""A first opening that is killed at any step leaves nothing that the next does not clear away."""

from __future__ import annotations

import errno
import fcntl
import time

import pytest
from killed_workspace import killed_at_each_step

from courses.upgrades import first, locking
from courses.upgrades.memory import HIDDEN
from courses.workspace import bring


@pytest.fixture
def release(tmp_path):
    folder = tmp_path / "catalogue" / "welcome" / "1.0.0-aaa"
    (folder / "data").mkdir(parents=True)
    (folder / "lesson.ipynb").write_text("{}")
    (folder / "data" / "points.csv").write_text("1,2")
    return folder


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home" / "courses").mkdir(parents=True)
    return tmp_path / "home"


def names(workspace):
    return {str(one.relative_to(workspace)) for one in workspace.rglob("*") if one.is_file()}


WHOLE = {
    *("welcome/lesson.ipynb", "welcome/data/points.csv", "welcome/.onboard-release.json"),
    *("welcome/.onboard/base/lesson.ipynb", "welcome/.onboard/lock"),
}


def test_what_a_killed_first_opening_left_is_cleared_away_by_the_next(home, release, tmp_path):
    # given
    left = killed_at_each_step(home, release, tmp_path / "killed")
    assert len(left) > 12, "it dies at fewer steps than a first opening has"
    assert sum(any(one.glob(".welcome-*")) for one in left) > 10
    for workspace in left:
        # when
        bring(release, workspace, "welcome")
        # then
        assert [one.name for one in workspace.iterdir()] == ["welcome"]
        assert names(workspace) == WHOLE


def test_a_clearing_away_that_is_killed_too_is_done_by_the_one_after(home, release, tmp_path):
    # given the opening that was killed last before it was whole
    *_, half = (
        one
        for one in killed_at_each_step(home, release, tmp_path / "first")
        if any(one.glob(".welcome-*"))
    )
    again = tmp_path / "again"
    again.mkdir()
    half.rename(again / "courses")
    # when
    for workspace in killed_at_each_step(again, release, tmp_path / "second"):
        bring(release, workspace, "welcome")
        # then
        assert [one.name for one in workspace.iterdir()] == ["welcome"]
        assert names(workspace) == WHOLE


def test_an_opening_that_still_lives_keeps_what_it_has_written(home, release):
    # given
    draft = home / "courses" / ".welcome-abcd1234"
    draft.mkdir()
    (draft / "lesson.ipynb").write_text("{}")
    # when
    with locking.alone(draft):
        bring(release, home / "courses", "welcome")
        # then
        assert (draft / "lesson.ipynb").is_file()
    # when it has died
    bring(release, home / "courses", "welcome")
    # then
    assert not draft.exists()


@pytest.mark.parametrize("locks_stand_for", [3599, 3601])
def test_without_locks_only_what_is_old_is_cleared_away(
    home, release, monkeypatch, locks_stand_for
):
    # given
    draft = home / "courses" / ".welcome-abcd1234"
    (draft / HIDDEN).mkdir(parents=True)
    locking.lock_of(draft).touch()

    def no_locks(*_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    now = draft.stat().st_mtime + locks_stand_for
    monkeypatch.setattr(time, "time", lambda: now)
    # when
    bring(release, home / "courses", "welcome")
    # then
    assert draft.exists() is (locks_stand_for < locking.STALE_S)


@pytest.mark.parametrize(
    "name", [".welcome-abcd1234", ".welcome-my-notes", ".welcome-again-abcd1234"]
)
def test_a_hidden_folder_of_the_trainees_own_stays(home, release, name):
    # given
    own = home / "courses" / name
    own.mkdir()
    (own / "notes.txt").write_text("mine")
    # when
    bring(release, home / "courses", "welcome")
    # then
    assert (own / "notes.txt").read_text() == "mine"


def test_an_opening_whose_folder_was_taken_for_a_dead_ones_begins_anew(home, release, monkeypatch):
    # given another opening that comes just before the lock
    alone = locking.alone

    def beaten(draft):
        monkeypatch.undo()
        draft.rmdir()
        return alone(draft)

    monkeypatch.setattr(first, "alone", beaten)
    # when
    bring(release, home / "courses", "welcome")
    # then
    assert names(home / "courses") == WHOLE
