"""A newer release in a workspace: by file, at once, and never over what is the trainee's."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import shutil
import threading
from datetime import datetime
from pathlib import Path

import pytest
from killed_workspace import killed_at_each_step
from nbformat.v4 import new_code_cell, new_notebook, writes

from courses.upgrades import locking, swaps
from courses.upgrades.memory import HIDDEN, MEMORY
from courses.upgrades.trainee_notebook import LARGEST_BYTES
from courses.workspace import Matter, Notice, Wishes, WorkspaceError, bring, reset

LESSON = "part 1/lesson.ipynb"


def lesson(*texts, **changed):
    """A notebook with a cell for each text; `changed` gives the cell of that id another one."""
    cells = [new_code_cell(changed.get(text, text), id=text) for text in texts]
    return writes(new_notebook(cells=cells))


def make_release(folder, **files):
    (folder / "part 1").mkdir(parents=True)
    (folder / "record.json").write_text("{}")
    (folder / LESSON).write_text(files.pop("lesson"))
    for name, content in files.items():
        (folder / f"{name}.txt").write_text(content)
    return folder


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "catalogue/welcome/1.0.0-aaa"
    return make_release(folder, lesson=lesson("a", "b"), data="1", notes="old")


@pytest.fixture
def new(tmp_path):
    folder = tmp_path / "catalogue/welcome/1.1.0-bbb"
    return make_release(
        folder, lesson=lesson("a", "b", "c", a="a2"), data="2", notes="new", add="+"
    )


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home" / "courses"


@pytest.fixture
def course(old, root):
    return bring(old, root, "welcome")


def texts(notebook):
    return ["".join(cell["source"]) for cell in json.loads(notebook.read_text())["cells"]]


def edit(notebook, old_text, new_text):
    notebook.write_text(notebook.read_text().replace(f'"{old_text}"\n', f'"{new_text}"\n'))


def told(release, root, **wishes):
    notices = []
    bring(release, root, "welcome", Wishes(tell=notices.append, **wishes))
    return notices


def seen(course):
    """What a trainee sees: every file that is not hidden, with its content."""
    return {
        str(path.relative_to(course)): path.read_bytes()
        for path in course.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(course).parts)
    }


def everything(course):
    return {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}


# -- each kind of file


def test_a_course_that_nobody_touched_becomes_the_new_one(course, new, root):
    # when
    notices = told(new, root)
    # then
    fresh = bring(new, root / "elsewhere", "welcome")
    assert seen(course) == seen(fresh)
    assert notices == []
    assert set(json.loads((course / MEMORY).read_text())["files"].values()) == {"1.1.0-bbb"}


def test_a_notebook_is_merged_also_if_its_old_release_is_gone(course, old, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    shutil.rmtree(old)
    # when
    notices = told(new, root)
    # then
    assert texts(course / LESSON) == ["a2", "mine", "c"]
    assert notices == []


def test_a_workspace_from_before_there_were_copies_is_merged(course, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    shutil.rmtree(course / HIDDEN)
    memory = json.loads((course / MEMORY).read_text())
    (course / MEMORY).write_text(json.dumps({"files": memory["files"]}))
    # when
    notices = told(new, root)
    # then
    assert texts(course / LESSON) == ["a2", "mine", "c"]
    assert (course / "data.txt").read_text() == "2"
    assert notices == []


def test_cells_that_both_changed_are_said_and_noted_in_the_trainees_language(course, new, root):
    # given
    edit(course / LESSON, "a", "mine")
    # when
    notices = told(new, root, language="de")
    # then
    mine, note, *rest = texts(course / LESSON)
    assert (mine, rest) == ("mine", ["a2", "b", "c"])
    assert "Der Kurs hat" in note
    assert notices == [Notice(Matter.BOTH, LESSON)]


def test_another_file_that_they_changed_stays_and_the_new_one_is_beside(course, new, root):
    # given
    (course / "data.txt").write_text("mine")
    # when
    notices = told(new, root)
    # then
    assert (course / "data.txt").read_text() == "mine"
    assert (course / "data.new-1.1.0.txt").read_text() == "2"
    assert notices == [Notice(Matter.BESIDE, "data.txt", "data.new-1.1.0.txt")]
    assert told(new, root) == []


def test_a_name_beside_that_is_taken_is_left_alone(course, new, root):
    # given
    (course / "data.txt").write_text("mine")
    (course / "data.new-1.1.0.txt").write_text("mine too")
    # when
    told(new, root)
    # then
    assert (course / "data.new-1.1.0.txt").read_text() == "mine too"
    assert (course / "data.new-1.1.0-2.txt").read_text() == "2"


def test_their_own_file_of_a_new_ones_name_is_theirs(course, new, root):
    # given
    (course / "add.txt").write_text("mine")
    # when
    notices = told(new, root)
    # then
    assert (course / "add.txt").read_text() == "mine"
    assert (course / "add.new-1.1.0.txt").read_text() == "+"
    assert notices == [Notice(Matter.BESIDE, "add.txt", "add.new-1.1.0.txt")]


@pytest.mark.parametrize("broken", ["", "{}", "<<<<<<< HEAD", '{"nbformat": 3}', None])
def test_a_notebook_that_they_broke_stays_and_the_new_one_is_beside(course, new, root, broken):
    # given
    if broken is None:
        os.truncate(course / LESSON, LARGEST_BYTES + 1)
    else:
        (course / LESSON).write_text(broken)
    size = (course / LESSON).stat().st_size
    # when
    notices = told(new, root)
    # then
    beside = "part 1/lesson.new-1.1.0.ipynb"
    assert (course / LESSON).stat().st_size == size
    assert texts(course / beside) == ["a2", "b", "c"]
    assert notices == [Notice(Matter.BESIDE, LESSON, beside)]


def test_without_a_memory_what_differs_counts_as_theirs(course, old, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    (course / MEMORY).unlink()
    # when
    notices = told(new, root)
    # then
    assert texts(course / LESSON) == ["a", "mine"]
    assert {notice.file for notice in notices} == {"data.txt", "notes.txt", LESSON}


def test_what_they_deleted_comes_back_as_the_new_one(course, new, root):
    # given
    (course / LESSON).unlink()
    # when
    told(new, root)
    # then
    assert texts(course / LESSON) == ["a2", "b", "c"]


def test_what_the_course_has_no_more_stays(course, new, root):
    # given
    (new / "notes.txt").unlink()
    # when
    told(new, root)
    # then
    assert (course / "notes.txt").read_text() == "old"


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_is_no_plain_file_of_theirs_is_left_alone(course, new, root, tmp_path, kind):
    # given
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (course / "data.txt").unlink()
    if kind == "link":
        (course / "data.txt").symlink_to(outside)
    else:
        (course / "data.txt").mkdir()
    # when
    notices = told(new, root)
    # then
    assert outside.read_text() == "mine"
    assert notices == []
    assert (course / "notes.txt").read_text() == "new"


def test_a_hidden_folder_that_is_a_link_is_refused(course, new, root, tmp_path):
    # given
    shutil.move(course / HIDDEN, tmp_path / "outside")
    (course / HIDDEN).symlink_to(tmp_path / "outside")
    # then
    with pytest.raises(WorkspaceError, match="not a folder of your workspace"):
        bring(new, root, "welcome")


def test_what_is_skipped_does_not_come_but_is_upgraded_where_it_is(course, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    # when
    told(new, root, skip=lambda file: file.name in ("lesson.ipynb", "add.txt"))
    # then
    assert texts(course / LESSON) == ["a2", "mine", "c"]
    assert not (course / "add.txt").exists()


def test_an_open_notebook_waits_and_the_rest_does_not(course, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    # when
    notices = told(new, root, is_open=lambda file: file == LESSON)
    # then
    assert texts(course / LESSON) == ["a", "mine"]
    assert (course / "data.txt").read_text() == "2"
    assert notices == [Notice(Matter.OPEN, LESSON)]
    # when it is closed
    told(new, root)
    # then
    assert texts(course / LESSON) == ["a2", "mine", "c"]


def test_upgrading_again_changes_nothing(course, new, root):
    # given
    edit(course / LESSON, "a", "mine")
    (course / "data.txt").write_text("mine")
    told(new, root)
    before = everything(course)
    # when
    notices = told(new, root)
    # then
    assert everything(course) == before
    assert notices == []


def test_a_withdrawn_release_gives_way_to_the_one_before(course, old, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    told(new, root)
    # when
    told(old, root)
    # then
    assert texts(course / LESSON) == ["a", "mine"]
    assert (course / "data.txt").read_text() == "1"


# -- killed, full, and two at once


@pytest.fixture
def worked_in(course):
    """A course with something of every kind to do."""
    edit(course / LESSON, "a", "mine")
    (course / "data.txt").write_text("mine")
    return course


@pytest.fixture
def killed(worked_in, new, root, tmp_path):
    """Per step of an upgrade, the workspace after it was killed just before that step."""
    found = killed_at_each_step(root.parent, new, tmp_path / "killed")
    assert len(found) > 20, "it dies at fewer steps than an upgrade has"
    return found


def test_killed_at_any_step_the_course_is_the_old_or_the_new_one(killed, worked_in, new, root):
    # given
    before = seen(worked_in)
    bring(new, root, "welcome")
    after = seen(worked_in)
    which = []
    for workspace in killed:
        course = workspace / "welcome"
        # when the next session only mends what was begun
        with locking.alone(course):
            swaps.complete(course, lambda _: False)
        # then
        which.append(seen(course))
        assert which[-1] in (before, after)
        # when it is opened
        notices = told(new, workspace)
        # then
        assert seen(course) == after
        assert {path.name for path in (course / HIDDEN).iterdir()} == {"base", "lock"}
        assert list(course.glob(".bringing-*")) == []
        assert told(new, workspace) == []
        # what the killed one had not said is said now; of its last step nobody can know
        said = Path(f"{workspace}.told").read_text().splitlines()
        said += [f"{one.matter} {one.file}" for one in notices]
        assert set(said) == {f"both {LESSON}", "beside data.txt"}
        assert len(notices) in (0, 2)
    assert which[0] == before
    assert which[-1] == after


def test_what_nobody_was_told_is_said_at_the_next_opening_and_once(worked_in, new, root):
    # given an upgrade that nobody heard of
    bring(new, root, "welcome")
    # then
    assert told(new, root) == [
        Notice(Matter.BESIDE, "data.txt", "data.new-1.1.0.txt"),
        Notice(Matter.BOTH, LESSON),
    ]
    assert told(new, root) == []


def test_what_is_no_longer_so_is_not_said(worked_in, new, root):
    # given an upgrade that nobody heard of, and what the trainee did then
    bring(new, root, "welcome")
    reset(new, root, "welcome", LESSON)
    (worked_in / "data.new-1.1.0.txt").unlink()
    # then
    assert told(new, root) == []


@pytest.mark.parametrize("text", ["", "[1]", '[{"matter": "x", "file": "y", "beside": ""}]', "{}"])
def test_a_notice_that_is_not_ours_is_not_said(course, old, root, text):
    # given
    (course / HIDDEN / "untold-1.json").write_text(text)
    # then
    assert told(old, root) == []
    assert not (course / HIDDEN / "untold-1.json").exists()


def test_work_done_between_the_kill_and_the_next_opening_is_kept(killed, new):
    for workspace in killed:
        # given
        course = workspace / "welcome"
        edit(course / LESSON, "b", "mine after the crash")
        (course / "notes.txt").write_text("mine after the crash")
        # when
        bring(new, workspace, "welcome")
        # then
        assert (course / "notes.txt").read_text() == "mine after the crash"
        cells = texts(course / LESSON)
        assert [cells[0], *cells[2:]] == ["mine", "a2", "mine after the crash", "c"]


def test_a_journal_that_is_not_ours_does_nothing(course, new, root, tmp_path):
    # given
    outside = tmp_path / "outside"
    pending = course / HIDDEN / "pending-1"
    pending.mkdir()
    (pending / "1").write_text("bad")
    swap = {"file": "x", "release": "r", "file_sum": "", "target": f"../../{outside.name}"}
    (pending / "swaps.json").write_text(json.dumps([{**swap, "draft": "1"}]))
    # when
    bring(new, root, "welcome")
    # then
    assert not outside.exists()
    assert not (root.parent / outside.name).exists()
    assert texts(course / LESSON) == ["a2", "b", "c"]


def test_with_a_full_disk_the_old_one_stays_and_it_is_said(worked_in, new, root):
    # given
    before = everything(worked_in)
    (new / "data.txt").write_text("x" * 100_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    # when
    try:
        with pytest.raises(WorkspaceError, match="storage is full"):
            bring(new, root, "welcome")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    # then
    assert everything(worked_in) == before


def bring_in_threads(release, root, number=4):
    failed = []

    def one():
        try:
            bring(release, root, "welcome")
        except Exception as error:  # noqa: BLE001  shown by the test
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@pytest.mark.parametrize("locks", [True, False])
def test_two_tabs_upgrade_it_once(worked_in, new, root, monkeypatch, locks):
    # given
    if not locks:

        def no_locks(*_):
            raise OSError(errno.ENOLCK, "no locks")

        monkeypatch.setattr(fcntl, "flock", no_locks)
    # when
    failed = bring_in_threads(new, root)
    # then
    assert failed == []
    cells = texts(worked_in / LESSON)
    assert [cells[0], *cells[2:]] == ["mine", "a2", "b", "c"]
    assert set(seen(worked_in)) == {
        *("add.txt", "data.txt", "data.new-1.1.0.txt", "notes.txt", LESSON)
    }


def test_who_waits_too_long_is_told(worked_in, new, root, monkeypatch):
    # given
    monkeypatch.setattr(locking, "LOCK_S", 0.01)
    # when
    with locking.alone(worked_in), pytest.raises(WorkspaceError, match="opened somewhere else"):
        bring(new, root, "welcome")
    # then
    assert (worked_in / "notes.txt").read_text() == "old"


# -- reset


NOW = datetime(2026, 11, 24, 15, 30)  # noqa: DTZ001  as the trainee's clock shows it


def test_a_reset_keeps_what_was_there_under_a_dated_name(course, old, root):
    # given
    edit(course / LESSON, "b", "mine")
    # when
    kept = reset(old, root, "welcome", LESSON, NOW)
    # then
    assert kept == course / "part 1" / "lesson.2026-11-24-153000.ipynb"
    assert texts(kept) == ["a", "mine"]
    assert texts(course / LESSON) == ["a", "b"]


def test_a_second_reset_in_one_second_replaces_no_copy(course, old, root):
    # given
    edit(course / LESSON, "b", "mine")
    reset(old, root, "welcome", LESSON, NOW)
    edit(course / LESSON, "b", "mine too")
    # when
    kept = reset(old, root, "welcome", LESSON, NOW)
    # then
    assert kept.name == "lesson.2026-11-24-153000-2.ipynb"
    assert texts(kept) == ["a", "mine too"]
    assert texts(course / "part 1" / "lesson.2026-11-24-153000.ipynb") == ["a", "mine"]


def test_a_reset_of_what_is_as_published_keeps_no_copy(course, old, root):
    # when
    kept = reset(old, root, "welcome", LESSON, NOW)
    # then
    assert kept is None
    assert set(seen(course)) == {"data.txt", "notes.txt", LESSON}


def test_a_reset_gives_the_newest_release(course, new, root):
    # given
    edit(course / LESSON, "b", "mine")
    # when
    reset(new, root, "welcome", LESSON, NOW)
    # then
    assert texts(course / LESSON) == ["a2", "b", "c"]
    assert told(new, root) == []


def test_a_reset_without_a_workspace_brings_the_course(old, root):
    # when
    kept = reset(old, root, "welcome", LESSON, NOW)
    # then
    assert kept is None
    assert texts(root / "welcome" / LESSON) == ["a", "b"]


def test_a_reset_with_a_full_disk_changes_nothing(course, old, root, monkeypatch):
    # given
    edit(course / LESSON, "b", "mine")

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(swaps.shutil, "copyfile", full)
    # when
    with pytest.raises(WorkspaceError, match="storage is full"):
        reset(old, root, "welcome", LESSON, NOW)
    # then
    assert texts(course / LESSON) == ["a", "mine"]
    assert set(seen(course)) == {"data.txt", "notes.txt", LESSON}


@pytest.mark.parametrize("notebook", ["nothing.ipynb", "../outside.ipynb", "record.json"])
def test_only_what_is_in_the_release_is_reset(course, old, root, notebook):
    with pytest.raises(WorkspaceError, match="The course has no"):
        reset(old, root, "welcome", notebook)


def test_a_link_is_not_reset(course, old, root, tmp_path):
    # given
    shutil.move(course / LESSON, tmp_path / "mine.ipynb")
    (course / LESSON).symlink_to(tmp_path / "mine.ipynb")
    # then
    with pytest.raises(WorkspaceError, match="not a file of your workspace"):
        reset(old, root, "welcome", LESSON)
