"""A session of a user without room at home begins all the same, or says why not."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from traitlets.config.loader import KVArgParseConfigLoader

from spawners import causes, ending, hub_tls, runtime_folder, session_server
from spawners.exit_codes import ExitCode
from spawners.jobs import JobState, JobStatus


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The node's own folder for temporary files."""
    folder = tmp_path / "node"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "runtime"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
    return folder


def test_with_room_at_home_nothing_is_kept_elsewhere(home: Path, node: Path) -> None:
    env: dict[str, str] = {}

    runtime_folder.choose(env)

    assert env == {}
    assert list((home / "runtime").iterdir()) == []
    assert list(node.iterdir()) == []


def test_what_cannot_be_written_at_home_is_kept_on_the_node(home: Path, node: Path) -> None:
    # root may write anywhere, but not below a file
    (home / "runtime").write_text("")
    env: dict[str, str] = {}

    runtime_folder.choose(env)

    (folder,) = node.iterdir()
    assert {Path(one).parent for one in env.values()} == {folder}
    assert set(env) == {"JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR"}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_data_that_are_at_home_already_are_read_there(home: Path, node: Path) -> None:
    (home / "runtime").write_text("")
    (home / "data").mkdir()
    env: dict[str, str] = {}

    runtime_folder.choose(env)

    assert set(env) == {"JUPYTER_RUNTIME_DIR", "IPYTHONDIR"}


def test_a_quota_that_is_found_out_at_the_last_moment_counts(
    home: Path, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([OSError(errno.EDQUOT, "Disk quota exceeded"), None])

    def fsync(_: int) -> None:
        if (error := next(answers)) is not None:
            raise error

    monkeypatch.setattr(os, "fsync", fsync)
    env: dict[str, str] = {}

    runtime_folder.choose(env)

    assert Path(env["JUPYTER_RUNTIME_DIR"]).parent.parent == node


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_session_that_finds_no_room_anywhere_says_so_by_its_exit_code(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://127.0.0.1:0/user/anna/")
    monkeypatch.setattr(session_server, "skip_slow_grammar", lambda: None)
    monkeypatch.setattr(hub_tls, "install", lambda: None)
    monkeypatch.setattr(runtime_folder, "choose", full)

    with pytest.raises(SystemExit) as ended:
        session_server.main([])

    assert ended.value.code == ExitCode.NO_ROOM
    status = JobStatus(state=JobState.FAILED, reason="NonZeroExitCode", exit_code=ExitCode.NO_ROOM)
    assert "your storage is full" in causes.of(ending.of_job(status)).hint


async def deleted(folder: Path, *own: str) -> list[str]:
    """Delete a file as JupyterLab does; return what is in the trash."""
    arguments = session_server.without_trash(list(own))
    config = KVArgParseConfigLoader(argv=arguments).load_config()
    (folder / "big.dat").write_text("x")
    await AsyncLargeFileManager(config=config, root_dir=str(folder)).delete_file("big.dat")
    assert not (folder / "big.dat").exists()
    return [one.name for one in (folder / "data" / "Trash" / "files").glob("*")]


async def test_what_is_deleted_in_jupyterlab_makes_room(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH", str(home / "data" / "Trash"))
    monkeypatch.setattr("send2trash.plat_other.HOMETRASH_B", os.fsencode(home / "data" / "Trash"))

    assert await deleted(home) == []
    # a site that wants a trash says so
    assert await deleted(home, "--FileContentsManager.delete_to_trash=True") == ["big.dat"]
