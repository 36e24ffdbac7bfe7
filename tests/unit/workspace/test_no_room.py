"""A home that takes no more files, at each write of what is done to a workspace."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

import pytest
from denied_workspace import denied_at_each_step
from nbformat.v4 import new_code_cell, new_notebook, writes

from courses.unwritable import why
from courses.workspace import Wishes, bring, reset
from spawners.words import Words

LESSON = "part 1/lesson.ipynb"
CODES = [errno.EDQUOT, errno.EROFS, errno.EACCES]
SAID = {
    errno.EDQUOT: "Your storage is full.",
    errno.EROFS: "Your storage is read-only just now.",
    errno.EACCES: "The folder of your courses is locked: nothing can be written to it.",
}


def make_release(folder: Path, *cells: str, data: str) -> Path:
    (folder / "part 1").mkdir(parents=True)
    notebook = new_notebook(cells=[new_code_cell(text, id=text[0]) for text in cells])
    (folder / LESSON).write_text(writes(notebook))
    (folder / "data.txt").write_text(data)
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return make_release(tmp_path / "catalogue/welcome/1.0.0-aaa", "a", "b", data="1")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return make_release(tmp_path / "catalogue/welcome/1.1.0-bbb", "a2", "b", "c", data="2")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "courses").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def worked_in(home: Path, old: Path) -> Path:
    """The trainee has changed a cell that the course changes too, and a file."""
    course = bring(old, home / "courses", "welcome")
    lesson = course / LESSON
    lesson.write_text(lesson.read_text().replace('"a"\n', '"a mine"\n').replace('"b"', '"b mine"'))
    (course / "data.txt").write_text("mine")
    return course


def said(workspace: Path) -> str:
    return Path(f"{workspace}.said").read_text().partition("\n")[0]


def seen(course: Path) -> dict[str, bytes]:
    """What a trainee sees: every file that is not hidden, with its content."""
    return {
        str(path.relative_to(course)): path.read_bytes()
        for path in course.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(course).parts)
    }


def told(release: Path, root: Path) -> list[str]:
    notices: list[str] = []
    bring(release, root, "welcome", Wishes(tell=lambda one: notices.append(one.file)))
    return notices


@pytest.mark.parametrize("code", CODES)
def test_a_first_opening_without_room_leaves_nothing_and_comes_with_room(
    home: Path, old: Path, tmp_path: Path, code: int
) -> None:
    # when
    *tried, _ = denied_at_each_step("bring", home, old, tmp_path / "out", code)
    # then
    assert len(tried) > 8
    for workspace in tried:
        if said(workspace) != SAID[code]:  # it was there before the clearing away was refused
            assert said(workspace) == ""
            assert set(seen(workspace / "welcome")) == {LESSON, "data.txt"}
        # what could not be removed either is gone at the next opening
        bring(old, workspace, "welcome")
        assert [one.name for one in workspace.iterdir()] == ["welcome"]
        assert set(seen(workspace / "welcome")) == {LESSON, "data.txt"}


def test_a_first_opening_without_room_keeps_none_of_it(
    home: Path, old: Path, tmp_path: Path
) -> None:
    *tried, _ = denied_at_each_step("bring", home, old, tmp_path / "out", errno.EDQUOT)

    assert [list(one.iterdir()) for one in tried] == [[]] * len(tried)


@pytest.mark.parametrize("code", CODES)
def test_an_upgrade_without_room_loses_nothing_and_comes_with_room(
    worked_in: Path, home: Path, new: Path, tmp_path: Path, code: int
) -> None:
    # given
    before = seen(worked_in)
    # when
    *tried, whole = denied_at_each_step("bring", home, new, tmp_path / "out", code)
    # then
    after = seen(whole / "welcome")
    assert b"b mine" in after[LESSON]
    assert len(tried) > 15
    assert SAID[code] in {said(one) for one in tried}
    for workspace in tried:
        for name, content in seen(workspace / "welcome").items():
            assert content in (before.get(name), after.get(name))
        if said(workspace) != SAID[code] and code != errno.EACCES:  # a locked file is passed over
            assert said(workspace) == ""
            assert seen(workspace / "welcome") == after
        # when there is room again
        notices = told(new, workspace)
        # then
        assert seen(workspace / "welcome") == after
        assert sorted(notices) == ["data.txt", LESSON]
        assert told(new, workspace) == []


@pytest.mark.parametrize("code", CODES)
def test_a_reset_without_room_loses_nothing_and_comes_with_room(
    worked_in: Path, home: Path, old: Path, tmp_path: Path, code: int
) -> None:
    # given
    mine = (worked_in / LESSON).read_bytes()
    # when
    *tried, _ = denied_at_each_step("reset", home, old, tmp_path / "out", code)
    # then
    assert len(tried) > 8
    for workspace in tried:
        course = workspace / "welcome"
        assert mine in [one.read_bytes() for one in (course / "part 1").iterdir()]
        if said(workspace) != SAID[code] and code != errno.EACCES:
            assert said(workspace) == ""
            assert (course / LESSON).read_bytes() == (old / LESSON).read_bytes()
        # when there is room again
        reset(old, workspace, "welcome", LESSON, datetime(2026, 1, 1))  # noqa: DTZ001
        # then
        assert (course / LESSON).read_bytes() == (old / LESSON).read_bytes()
        assert mine in [one.read_bytes() for one in (course / "part 1").iterdir()]


@pytest.mark.parametrize("language", ["fr", "de"])
@pytest.mark.parametrize("code", [*CODES, errno.EIO])
def test_what_is_wrong_is_said_in_the_trainees_language(code: int, language: str) -> None:
    reason = why(OSError(code, os.strerror(code)), Path("/catalogue"))

    for text in (reason.message, reason.hint):
        assert Words(language).gettext(text) != text


def test_a_course_that_cannot_be_read_is_not_the_trainees_storage() -> None:
    error = OSError(errno.EACCES, "Permission denied", "/catalogue/welcome/1.0/lesson.ipynb")

    assert "cannot be read" in why(error, Path("/catalogue/welcome/1.0")).message
    assert "cannot be read" not in why(error, Path("/catalogue/welcome/1.1")).message
