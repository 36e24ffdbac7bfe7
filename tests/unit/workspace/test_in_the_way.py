"""A workspace in which something is in the way of an upgrade: it stops that file, and no other."""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes

from courses.upgrades.memory import HIDDEN, MEMORY
from courses.workspace import WorkspaceError, bring, reset

LESSON = "part 1/lesson.ipynb"
LONG = "ü" * 122
"""With an ending, the longest name that a file may have."""


def notebook(text, other="b"):
    cells = [new_code_cell(text, id="a"), new_code_cell(other, id="b")]
    return writes(new_notebook(cells=cells))


@pytest.fixture
def publish(tmp_path):
    def publish(version, text):
        release = tmp_path / "catalogue/welcome" / version
        (release / "part 1").mkdir(parents=True)
        (release / LESSON).write_text(notebook(text))
        (release / f"{LONG}.ipynb").write_text(notebook(text))
        for name in ("first.txt", f"{LONG}.txt", "z.txt"):
            (release / name).write_text(text)
        return release

    return publish


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def course(publish, root):
    return bring(publish("1.0.0-aaa", "old"), root, "welcome")


@pytest.fixture
def new(publish):
    return publish("1.1.0-bbb", "new")


def sources(file):
    return ["".join(cell["source"]) for cell in json.loads(file.read_text())["cells"]]


def failing(monkeypatch, module, name, error, about):
    """Let a call fail with `error` where it is about a file whose path ends in `about`."""
    real = getattr(module, name)

    def call(*paths, **rest):
        if str(paths[-1]).endswith(about):
            raise OSError(error, os.strerror(error))
        return real(*paths, **rest)

    monkeypatch.setattr(module, name, call)


def test_a_file_where_the_course_has_a_folder_stops_no_other(course, new, root):
    # given
    shutil.rmtree(course / "part 1")
    (course / "part 1").write_text("mine")
    # when
    bring(new, root, "welcome")
    bring(new, root, "welcome")
    # then
    assert (course / "part 1").read_text() == "mine"
    assert [(course / name).read_text() for name in ("first.txt", "z.txt")] == ["new", "new"]
    # when they move it away
    (course / "part 1").rename(course / "moved")
    bring(new, root, "welcome")
    # then
    assert sources(course / LESSON) == ["new", "b"]


def test_a_folder_that_they_have_locked_stops_no_other(course, new, root, monkeypatch):
    # given a folder in which nothing can be replaced
    with monkeypatch.context() as patch:
        failing(patch, Path, "replace", errno.EACCES, LESSON)
        # when
        bring(new, root, "welcome")
        bring(new, root, "welcome")
    # then
    assert sources(course / LESSON) == ["old", "b"]
    assert (course / "z.txt").read_text() == "new"
    # when it is open again
    bring(new, root, "welcome")
    # then
    assert sources(course / LESSON) == ["new", "b"]


def test_a_file_in_the_way_of_a_copy_costs_the_copy_only(course, new, root, publish):
    # given
    shutil.rmtree(course / HIDDEN / "base/part 1")
    (course / HIDDEN / "base/part 1").write_text("in the way")
    # when
    bring(new, root, "welcome")
    # then it is merged all the same next time, with the release that it came from
    (course / LESSON).write_text(notebook("new", other="mine"))
    bring(publish("1.2.0-ccc", "newer"), root, "welcome")
    assert sources(course / LESSON) == ["newer", "mine"]


def test_copies_are_kept_in_our_own_folder_only(course, new, root, tmp_path):
    # given
    outside = tmp_path / "outside"
    shutil.move(course / HIDDEN / "base/part 1", outside)
    (course / HIDDEN / "base/part 1").symlink_to(outside)
    before = (outside / "lesson.ipynb").read_text()
    # when
    bring(new, root, "welcome")
    # then
    assert (outside / "lesson.ipynb").read_text() == before
    assert sources(course / LESSON) == ["new", "b"]


def pipe(path):
    os.mkfifo(path)


def link(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [pipe, link, Path.mkdir])
@pytest.mark.parametrize("ours", [MEMORY, f"{HIDDEN}/lock"])
def test_what_is_no_file_of_ours_is_named_and_waited_for_by_nobody(course, new, root, ours, make):
    # given
    (course / ours).unlink(missing_ok=True)
    make(course / ours)
    # when
    with pytest.raises(WorkspaceError, match=f"{ours} is not a file of your workspace"):
        bring(new, root, "welcome")
    # then
    assert (course / "first.txt").read_text() == "old"


def of_other_types(pending):
    pending.mkdir()
    (pending / "swaps.json").write_text('[{"file": 1, "release": 2, "file_sum": 3}]')


def nested(pending):
    pending.mkdir()
    (pending / "swaps.json").write_text("[" * 100_000)


def of_a_pipe(pending):
    pending.mkdir()
    os.mkfifo(pending / "swaps.json")


def from_elsewhere(pending):
    pending.mkdir()
    swap = {"file": "x", "release": "r", "file_sum": "", "target": "taken", "new": "0"}
    (pending / "swaps.json").write_text(json.dumps([{**swap, "draft": "../../first.txt"}]))


@pytest.mark.parametrize(
    "make",
    [Path.touch, of_other_types, nested, of_a_pipe, from_elsewhere],
    ids=lambda f: f.__name__,
)
def test_what_only_looks_decided_is_passed_over(course, new, root, make):
    # given
    make(course / HIDDEN / "pending-1")
    # when
    bring(new, root, "welcome")
    # then
    assert (course / "first.txt").read_text() == "new"
    assert not (course / "taken").exists()


def test_a_name_that_is_too_long_for_a_mark_is_cut(course, new, root):
    # given
    (course / f"{LONG}.txt").write_text("mine")
    (course / f"{LONG}.ipynb").write_text("mine")
    # when
    bring(new, root, "welcome")
    kept = reset(new, root, "welcome", f"{LONG}.ipynb", datetime(2026, 11, 24))  # noqa: DTZ001
    # then
    assert [one.read_text() for one in course.glob("ü*.new-1.1.0.txt")] == ["new"]
    assert kept.read_text() == "mine"
    assert kept.name.endswith("ü.2026-11-24-000000.ipynb")
    assert sources(course / f"{LONG}.ipynb") == ["new", "b"]


def test_a_file_system_without_hard_links_will_do(course, new, root, monkeypatch):
    # given
    failing(monkeypatch, os, "link", errno.EPERM, "")
    (course / "first.txt").write_text("mine")
    (course / "z.txt").unlink()
    # when
    bring(new, root, "welcome")
    kept = reset(new, root, "welcome", "first.txt")
    # then
    assert (course / "first.new-1.1.0.txt").read_text() == "new"
    assert (course / "z.txt").read_text() == "new"
    assert sources(course / LESSON) == ["new", "b"]
    assert (kept.read_text(), (course / "first.txt").read_text()) == ("mine", "new")


class Killed(BaseException):
    """As if the process were gone."""


@pytest.mark.parametrize("killed", [False, True])
def test_what_is_saved_in_the_moment_of_an_upgrade_is_kept(course, new, root, monkeypatch, killed):
    # given Jupyter, which saves into the file that is there, just before it is replaced
    real = Path.replace

    def saved_first(path, target):
        is_ours = target == course / LESSON and "pending-" in str(path)
        if is_ours and path.suffix != ".before":
            target.write_text(notebook("old", other="mine"))
            real(path, target)
            if killed:
                raise Killed
        else:
            real(path, target)

    # when
    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(Path, "replace", saved_first)
        bring(new, root, "welcome")
    # then it is merged, at once or when the lesson is opened again
    assert killed or sources(course / LESSON) == ["old", "mine"]
    bring(new, root, "welcome")
    bring(new, root, "welcome")
    assert sources(course / LESSON) == ["new", "mine"]
