"""The batch script writes what a session was given, and the session reads it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from spawners.jobs import JobSpec, SessionLimits
from spawners.machine import Environment, Line, SessionSize
from spawners.script import render
from spawners.session_file import SessionFile, read, status_path

LINES = TypeAdapter(Line)


def spec(folder: Path, *, title: str = "1 GPU", **changes: object) -> JobSpec:
    """Return a session that copies its own session file, as a server would read it."""
    python = folder / "env" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("#!/bin/sh\n", encoding="utf-8")
    python.chmod(0o755)
    copy = f'cp -p "$ONBOARD_SESSION_FILE" {folder}/copy; echo "$ONBOARD_SESSION_FILE" >{folder}/at'
    return JobSpec.model_validate(
        {
            "name": "onboard-session",
            "comment": "onboard-0011",
            "argv": ("/bin/sh", "-c", copy),
            "size": SessionSize(
                name="gpu-1", title=title, cpus=4, memory_mib=8192, time_limit_s=7200, gpus=1
            ),
            "environment": Environment(name="default", title="Python", path=str(folder / "env")),
            "workdir": str(folder),
            "session": SessionLimits(idle_limit_s=1800),
            **changes,
        }
    )


def run(job: JobSpec, home: Path, **env: str) -> None:
    base = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run(["bash"], input=render(job), text=True, timeout=10, check=True, env=base | env)


def test_a_session_reads_what_it_was_given(tmp_path: Path) -> None:
    # given a job of Slurm that knows its end
    env = {
        "SLURM_JOB_ID": "4711",
        "SLURM_JOB_END_TIME": "2000000000",
        "CUDA_VISIBLE_DEVICES": "2,GPU-aa",
    }

    # when its script has run
    before = time.time()
    run(spec(tmp_path), tmp_path, **env)

    # then the file says all of it, and only its user can read it
    session = read(tmp_path / "copy")
    assert session is not None
    assert (session.job_id, session.deadline) == ("4711", 2_000_000_000)
    assert before - 1 <= session.started_at <= time.time()
    assert session.granted_gpus == ("2", "GPU-aa")
    assert session.grant.model_dump() == {
        "size": "gpu-1",
        "title": "1 GPU",
        "cpus": 4,
        "memory_mib": 8192,
        "gpus": 1,
        "idle_limit_s": 1800,
        "gpu_idle_limit_s": None,
    }
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    where = Path((tmp_path / "at").read_text(encoding="utf-8").strip())
    assert where == tmp_path / ".onboard" / "session-4711.json"
    assert not list(where.parent.glob("*.part"))


def test_where_slurm_names_no_end_it_is_the_time_limit_from_now(tmp_path: Path) -> None:
    run(spec(tmp_path), tmp_path, SLURM_JOB_ID="1")

    session = read(tmp_path / "copy")
    assert session is not None
    assert session.deadline == session.started_at + 7200
    assert session.granted_gpus == ()


@pytest.mark.parametrize("odd", ['0", "job_id": "9', "$(id)", "\\", "0\n1", "é;"])
def test_odd_words_from_the_scheduler_stay_out(odd: str, tmp_path: Path) -> None:
    run(spec(tmp_path), tmp_path, CUDA_VISIBLE_DEVICES=odd, SLURM_JOB_END_TIME=odd)

    session = read(tmp_path / "copy")
    assert session is not None
    assert session.visible_gpus == ""
    assert session.deadline == session.started_at + 7200


@settings(max_examples=25, deadline=None)
@given(title=st.text(min_size=1, max_size=40))
def test_any_title_that_a_site_may_give_arrives_as_it_is(
    title: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    try:
        LINES.validate_python(title)
        title.encode()
    except (ValidationError, UnicodeEncodeError):
        return
    folder = tmp_path_factory.mktemp("job")

    run(spec(folder, title=title), folder)

    session = read(folder / "copy")
    assert session is not None
    assert session.grant.title == title


def test_a_job_that_is_no_session_writes_no_file(tmp_path: Path) -> None:
    job = spec(tmp_path, session=None, argv=("/bin/true",))

    run(job, tmp_path)

    assert "ONBOARD_SESSION_FILE" not in render(job)
    assert not list((tmp_path / ".onboard").glob("session-*"))


def test_files_that_killed_jobs_left_long_ago_are_tidied_away(tmp_path: Path) -> None:
    # given a file of long ago, one of today, and one that is not ours
    folder = tmp_path / ".onboard"
    folder.mkdir()
    old, new, other = (folder / name for name in ("session-1.json", "session-2.json", "notes.json"))
    for path in (old, new, other):
        path.touch()
    long_ago = time.time() - 40 * 24 * 3600
    for path in (old, other):
        os.utime(path, (long_ago, long_ago))

    # when a session starts, then the first is gone
    run(spec(tmp_path), tmp_path)
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def test_a_folder_that_cannot_be_made_is_no_end_of_the_session(tmp_path: Path) -> None:
    # given a home where .onboard cannot be a folder, as on a full disk
    (tmp_path / ".onboard").touch()

    # when the session starts, then its program runs
    job = spec(tmp_path, log=str(tmp_path / "job.log"), argv=("/bin/sh", "-c", "echo it runs"))
    run(job, tmp_path)
    assert "it runs" in (tmp_path / "job.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"job_id": "1"}', "\x00"])
def test_a_file_that_makes_no_sense_says_nothing(text: str | None, tmp_path: Path) -> None:
    path = tmp_path / "session-1.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    assert read(path) is None


def test_a_file_with_more_than_is_known_says_nothing(tmp_path: Path) -> None:
    run(spec(tmp_path), tmp_path)
    content = json.loads((tmp_path / "copy").read_text(encoding="utf-8"))
    assert SessionFile.model_validate(content)

    path = tmp_path / "session-2.json"
    path.write_text(json.dumps({**content, "more": 1}), encoding="utf-8")

    assert read(path) is None


def test_the_status_lies_beside_the_file() -> None:
    assert status_path(Path("/h/session-7.json")) == Path("/h/session-7.status.json")


# -- the log


@pytest.mark.parametrize(("shared", "mode"), [(True, 0o640), (False, 0o600)])
def test_the_hub_may_read_the_log_only_where_it_was_asked_for(
    shared: bool, mode: int, tmp_path: Path
) -> None:
    log = tmp_path / "job.log"
    job = spec(
        tmp_path,
        log=str(log),
        hub_reads_log=shared,
        argv=("/bin/sh", "-c", f"touch {tmp_path}/made"),
    )

    run(job, tmp_path)

    # what the job makes later is its user's alone, in both cases
    assert stat.S_IMODE(log.stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o600


def test_a_log_that_others_put_there_is_not_written_to(tmp_path: Path) -> None:
    # given a shared folder in which somebody guessed the name
    target, log = tmp_path / "target", tmp_path / "job.log"
    target.write_text("mine", encoding="utf-8")
    log.symlink_to(target)

    # when the job starts, then it runs, and what the name leads to is as it was
    ran = tmp_path / "ran"
    job = spec(
        tmp_path, log=str(log), hub_reads_log=True, argv=("/bin/sh", "-c", f"echo x >{ran}; echo y")
    )
    run(job, tmp_path)
    assert ran.exists()
    assert target.read_text(encoding="utf-8") == "mine"
