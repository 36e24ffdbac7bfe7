"""A release into a workspace: all or nothing, and never over what a trainee has."""

import errno
import json
import stat

import pytest

from courses import workspace
from courses.workspace import MEMORY, WorkspaceError, bring


@pytest.fixture
def release(tmp_path):
    return make_release(tmp_path / "catalogue/welcome/1.0.0-aaa", lesson="one")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "home" / "courses"


def make_release(folder, **files):
    (folder / "data").mkdir(parents=True)
    (folder / "course.toml").write_text("id = 'welcome'")
    (folder / "record.json").write_text("{}")
    (folder / "sums.json").write_text("{}")
    (folder / "data" / "points.csv").write_text("1,2")
    for name, content in files.items():
        (folder / f"{name}.ipynb").write_text(content)
    return folder


def remembered(course):
    return json.loads((course / MEMORY).read_text())["files"]


def test_a_new_workspace_gets_everything_for_the_trainee_alone(release, root):
    # given
    (release / "lesson.ipynb").chmod(0o444)
    # when
    course = bring(release, root, "welcome")
    # then
    names = {str(path.relative_to(course)) for path in course.rglob("*") if path.is_file()}
    hidden = {MEMORY, ".onboard/base/lesson.ipynb", ".onboard/lock"}
    assert names == {"course.toml", "lesson.ipynb", "data/points.csv", *hidden}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (root, course)} == {0o700}
    assert stat.S_IMODE((course / "lesson.ipynb").stat().st_mode) == 0o600
    assert set(remembered(course).values()) == {"1.0.0-aaa"}
    assert list(root.iterdir()) == [course]


def test_what_the_trainee_changed_stays(release, root):
    # given
    course = bring(release, root, "welcome")
    (course / "lesson.ipynb").write_text("my answer")
    (course / "notes.txt").write_text("mine")
    # when
    bring(release, root, "welcome")
    # then
    assert (course / "lesson.ipynb").read_text() == "my answer"
    assert (course / "notes.txt").read_text() == "mine"


def test_a_deleted_file_comes_back_as_published(release, root):
    # given
    course = bring(release, root, "welcome")
    (course / "data" / "points.csv").unlink()
    # when
    bring(release, root, "welcome")
    # then
    assert (course / "data" / "points.csv").read_text() == "1,2"


def test_a_newer_release_replaces_what_nobody_changed_and_adds_what_is_new(release, root, tmp_path):
    # given
    course = bring(release, root, "welcome")
    newer = make_release(tmp_path / "catalogue/welcome/1.1.0-bbb", lesson="changed", extra="new")
    # when
    bring(newer, root, "welcome")
    # then
    assert (course / "extra.ipynb").read_text() == "new"
    assert (course / "lesson.ipynb").read_text() == "changed"
    assert set(remembered(course).values()) == {"1.1.0-bbb"}


def test_the_release_is_known_behind_its_link(release, root):
    # given
    current = release.parent / "current"
    current.symlink_to(release.name)
    # when
    course = bring(current, root, "welcome")
    # then
    assert remembered(course)["lesson.ipynb"] == "1.0.0-aaa"


@pytest.mark.parametrize("broken", ["", "[]", '{"files": 3}', "{"])
def test_a_broken_memory_stops_nobody(release, root, broken):
    # given
    course = bring(release, root, "welcome")
    (course / MEMORY).write_text(broken)
    (course / "lesson.ipynb").unlink()
    # when
    bring(release, root, "welcome")
    # then
    assert (course / "lesson.ipynb").read_text() == "one"
    assert set(remembered(course)) == {"course.toml", "lesson.ipynb", "data/points.csv"}


@pytest.mark.parametrize("name", ["../welcome", "Welcome", "", ".", "a/b", "a--b", "a\n"])
def test_only_a_slug_is_a_course(release, root, name):
    # when
    with pytest.raises(WorkspaceError, match="is no course"):
        bring(release, root, name)
    # then
    assert not root.exists()


def test_nothing_is_written_through_a_link(release, root, tmp_path):
    # given
    outside = tmp_path / "outside"
    outside.mkdir()
    course = bring(release, root, "welcome")
    (course / "data" / "points.csv").unlink()
    (course / "data").rmdir()
    (course / "data").symlink_to(outside)
    # when
    bring(release, root, "welcome")
    # then
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_course_folder_that_is_none_is_refused(release, root, tmp_path, kind):
    # given
    root.mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    if kind == "link":
        (root / "welcome").symlink_to(outside)
    else:
        (root / "welcome").write_text("mine")
    # when
    with pytest.raises(WorkspaceError, match="not a folder of your workspace") as caught:
        bring(release, root, "welcome")
    # then
    assert "Rename it" in caught.value.hint
    assert list(outside.iterdir()) == []


def test_a_link_in_a_release_is_refused(release, root):
    # given
    (release / "secret").symlink_to("/etc/passwd")
    # when
    with pytest.raises(WorkspaceError, match="neither a file nor a folder"):
        bring(release, root, "welcome")
    # then
    assert not root.exists()


def test_a_release_that_is_not_there_is_said(root, tmp_path):
    with pytest.raises(WorkspaceError, match="empty or not there"):
        bring(tmp_path / "nowhere", root, "welcome")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_half_made(release, root, monkeypatch, code):
    # given
    copy = workspace.shutil.copyfile

    def full(source, target):
        if source.name == "lesson.ipynb":
            target.write_text("ha")
            raise OSError(code, "full", str(target))
        return copy(source, target)

    monkeypatch.setattr(workspace.shutil, "copyfile", full)
    # when
    with pytest.raises(WorkspaceError, match="storage is full") as caught:
        bring(release, root, "welcome")
    # then
    assert "Delete what you do not need" in caught.value.hint
    assert list(root.rglob("*")) == []


def test_who_comes_second_takes_what_the_first_brought(release, root, monkeypatch):
    # given another process that brings the course at the same moment
    rename = workspace.Path.rename

    def beaten(self, target):
        monkeypatch.undo()
        bring(release, root, "welcome")
        (root / "welcome" / "lesson.ipynb").write_text("first")
        return rename(self, target)

    monkeypatch.setattr(workspace.Path, "rename", beaten)
    # when
    course = bring(release, root, "welcome")
    # then
    assert (course / "lesson.ipynb").read_text() == "first"
    assert [path.name for path in root.iterdir()] == ["welcome"]
