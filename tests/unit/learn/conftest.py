"""A kernel of its own for each test, a course in a trainee's workspace, programs like Slurm's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from IPython.utils.capture import capture_output
from lesson_runs import COURSE

from courses.authoring.release import build
from courses.learn.desk import desk
from courses.learn.words import choose_language

MANIFEST = """
id = "tiny"
language = "en"
lessons = [{ id = "one", notebook = "first.ipynb" }]
"""
RELEASE = {"files": {"first.ipynb": "1.2.0-abc", "course.toml": "1.2.0-abc"}, "sums": {}}

UID = os.getuid()
LINE = (
    "JobId=42 JobName=a name UserId=ana({uid}) JobState={state} Reason={reason} ExitCode={code} "
    "TimeLimit=00:10:00 Partition=gpu NumNodes=1 NumCPUs=4 NumTasks=1 "
    "ReqTRES=cpu=4,mem=8G,node=1,billing=4,gres/gpu=2 StdOut={output} Power= "
)
ONE, TASK = " JobName=a name", " ArrayJobId=42 ArrayTaskId={task} JobName=parts"
NO_JOB = 'echo "slurm_load_jobs error: Invalid job id specified" >&2\nexit 1'


def restart() -> None:
    """Forget what a kernel forgets when it is restarted."""
    desk.cache_clear()
    choose_language("")


@pytest.fixture(autouse=True)
def a_new_kernel(tmp_path, monkeypatch):
    for name in ("ONBOARD_LANGUAGE", "JPY_SESSION_NAME", "ONBOARD_EVENTS_URL", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    restart()
    yield
    restart()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The course `welcome` as trainees get it."""
    folder = tmp_path_factory.mktemp("course") / "built"
    build(COURSE, folder)
    return folder


@pytest.fixture
def kernel_restarts():
    return restart


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """The folder of the course `tiny` in a workspace, with a kernel for its first lesson in it."""
    folder = tmp_path / "courses" / "tiny"
    folder.mkdir(parents=True)
    (folder / "course.toml").write_text(MANIFEST)
    (folder / ".onboard-release.json").write_text(json.dumps(RELEASE))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "first.ipynb"))
    return folder


@pytest.fixture
def outbox(course) -> Path:
    return course.parent / ".onboard" / "outbox"


@pytest.fixture
def shown():
    """Call something that displays, and return all its words."""

    def run(act, *args, **kwargs):
        with capture_output() as caught:
            act(*args, **kwargs)
        return caught.stdout + "".join(str(one.data["text/plain"]) for one in caught.outputs)

    return run


class Slurm:
    """A folder of programs that stand for Slurm's, and nothing else in the PATH."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.output = folder / "slurm-42.out"
        monkeypatch.setenv("PATH", str(self.folder))

    def program(self, name, script):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def says(self, state="COMPLETED", reason="None", code="0:0", uid=UID):
        line = LINE.format(state=state, reason=reason, code=code, uid=uid, output=self.output)
        self.program("scontrol", f"echo '{line}'")

    def array_says(self, *states):
        """A job array with a task for each state; each prints its number."""
        lines = []
        for task, state in enumerate(states, start=1):
            output = self.output.with_name(f"slurm-42_{task}.out")
            output.write_text(f"part {task}\n")
            line = LINE.format(state=state, reason="None", code="0:0", uid=UID, output=output)
            lines.append(line.replace(ONE, TASK.format(task=task)))
        self.program("scontrol", "\n".join(f"echo '{line}'" for line in lines))

    def forgot(self, sacct=""):
        self.program("scontrol", NO_JOB)
        self.program("sacct", f"echo '{sacct}'")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    return Slurm(tmp_path, monkeypatch)
