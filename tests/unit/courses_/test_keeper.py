"""A kernel's keeper on a machine that is so busy that it hardly gets to look."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from courses.validation.keeper import Limits, read_report

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="whose child a process is, is asked of /proc"
)

KEEPER = """
import os, sys, time
from pathlib import Path
from courses.validation import keeper

def is_asleep(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"

def kernel():
    while not is_asleep(os.getppid()):  # it has looked, and waits for the next
        time.sleep(0.01)
    held = b"x" * 2**28
    for _ in range(12):
        if os.fork() == 0:
            break
    else:
        print("ready", flush=True)
    time.sleep(60)

limits = keeper.Limits.model_validate_json(sys.argv[1])
keeper.keep(kernel, limits, Path.cwd(), look_s=3600)
"""


@pytest.mark.parametrize(
    ("limits", "killed"),
    [
        (Limits(memory_mib=4096, processes=10), "processes"),
        (Limits(memory_mib=256), "memory"),
        (Limits(memory_mib=4096), ""),
    ],
    ids=["processes", "memory", "neither"],
)
def test_a_last_look_finds_what_was_over_before_the_next(
    tmp_path: Path, limits: Limits, killed: str
) -> None:
    # given: a kernel that has started more than it may, and no look since
    command = [sys.executable, "-c", KEEPER, limits.model_dump_json()]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "ready\n"
        # when: the lesson is over
        keeper.send_signal(signal.SIGTERM)
        keeper.stdout.read()
    # then
    assert read_report(tmp_path).killed == killed
