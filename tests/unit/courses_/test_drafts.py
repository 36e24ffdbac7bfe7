"""What killed ones left is removed, and never what somebody still works in."""

import fcntl
import os
import socket
import time

import pytest

from courses.releases import drafts
from courses.releases.drafts import DEAD_DRAFT_S, STRANGE_DRAFT_S

HERE = socket.gethostname()


@pytest.fixture
def dead():
    """The number of a process that is gone."""
    pid = os.spawnv(os.P_NOWAIT, "/bin/true", ["true"])
    os.waitpid(pid, 0)
    return pid


@pytest.fixture
def left(tmp_path):
    """Make a draft as it was left so many seconds ago."""

    def left(name, age_s):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "half").touch()
        then = time.time() - age_s
        os.utime(folder, (then, then))
        return folder

    return left


@pytest.mark.parametrize(
    ("owner", "age_s", "stays"),
    [
        ("{here}-{dead}-x", DEAD_DRAFT_S + 60, False),
        ("{here}-{dead}-x", DEAD_DRAFT_S - 60, True),
        # A machine or a container has begun anew, and a number is somebody else's.
        ("{here}-{own}-x", 1e9, False),
        ("{here}-{own}-x", 1.0, True),
        ("else.where-7-x", STRANGE_DRAFT_S + 60, False),
        ("else.where-7-x", STRANGE_DRAFT_S - 60, True),
        ("nobody", STRANGE_DRAFT_S + 60, False),
        ("nobody", STRANGE_DRAFT_S - 60, True),
    ],
)
def test_who_made_it_and_when_decides(left, tmp_path, dead, owner, age_s, stays):
    folder = left("kind-" + owner.format(here=HERE, dead=dead, own=os.getpid()), age_s)
    drafts.sweep(tmp_path, "kind")
    assert folder.exists() is stays


def test_one_that_is_worked_in_stays_though_no_such_process_is_seen_here(left, tmp_path, dead):
    # given a draft whose owner runs in a container with numbers of its own
    folder = left(f"kind-{HERE}-{dead}-x", DEAD_DRAFT_S + 60)
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    # when, then
    drafts.sweep(tmp_path, "kind")
    assert folder.exists()
    os.close(handle)
    drafts.sweep(tmp_path, "kind")
    assert not folder.exists()


def test_who_works_long_keeps_the_draft_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(drafts, "_is_alive", lambda *_: False)
    with drafts.lend(tmp_path, "kind") as folder:
        os.utime(folder, (0, 0))
        drafts.sweep(tmp_path, "kind")
        assert folder.exists()
    assert not list(tmp_path.iterdir())


def test_what_is_of_another_kind_a_link_or_another_users_is_left_alone(
    left, tmp_path, dead, monkeypatch
):
    # given the same in a folder that everybody shares
    outside = left("mine", 1e9)
    (tmp_path / f"kind-{HERE}-{dead}-x").symlink_to(outside)
    os.utime(tmp_path / f"kind-{HERE}-{dead}-x", (0, 0), follow_symlinks=False)
    other = left(f"other-{HERE}-{dead}-x", 1e9)
    drafts.sweep(tmp_path, "kind")
    assert (outside / "half").exists()
    assert other.exists()
    # and somebody else's
    folder = left(f"kind-{HERE}-{dead}-y", 1e9)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    drafts.sweep(tmp_path, "kind")
    assert folder.exists()
