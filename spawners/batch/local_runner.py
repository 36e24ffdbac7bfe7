"""The parent of one local job: runs its script, keeps its time limit, ends its whole tree.

`python -m spawners.batch.local_runner FOLDER SECONDS`, started by `LocalBatch`. Exit states go to
FOLDER/end.json. Kernels run in sessions of their own, so a process group is not enough: the whole
tree is ended.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import psutil

from spawners.jobs import JobState

GRACE_S = 5.0


class _Cancelled(Exception):
    pass


def main(folder: Path, limit_s: float) -> None:
    """Run FOLDER/script.sh to its end, and write what became of it."""
    signal.signal(signal.SIGTERM, _cancel)
    code: int | None = None
    try:
        child = subprocess.Popen([str(folder / "script.sh")], stdin=subprocess.DEVNULL)
        code = child.wait(timeout=limit_s)
        state = JobState.COMPLETED if code == 0 else JobState.FAILED
    except subprocess.TimeoutExpired:
        state = JobState.TIMEOUT
    except _Cancelled:
        state = JobState.CANCELLED
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _end_tree()
    end = folder / "end.part"
    end.write_text(json.dumps({"state": state, "exit_code": code}), encoding="utf-8")
    end.replace(folder / "end.json")


def _cancel(_number: int, _frame: FrameType | None) -> None:
    raise _Cancelled


def _end_tree() -> None:
    tree = psutil.Process().children(recursive=True)
    for process in tree:
        _signal(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(tree, timeout=GRACE_S)
    # What a dying parent started in the meantime is ended too.
    for process in [*alive, *psutil.Process().children(recursive=True)]:
        _signal(process, signal.SIGKILL)


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
