"""Upgrade a workspace again and again, each time killed one step later, until one comes through.

`python killed_workspace.py HOME RELEASE OUT`: for each step the workspace `HOME/courses` is copied
to `OUT/<step>`; there the upgrade is killed just before its step of that number. A step is whatever
changes a file or folder (`stopping`). What it told is in `OUT/<step>.told`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path

from stopping import Stopper

# Imported before the forks: they need a second, a fork does not.
import courses.upgrades.trainee_notebook  # noqa: F401
from courses.workspace import Notice, Wishes, bring


def killed_at_each_step(home: Path, release: Path, out: Path) -> list[Path]:
    """Return per step the workspace after it was killed just before that step."""
    command = [sys.executable, __file__, str(home), str(release), str(out)]
    subprocess.run(command, check=True, timeout=120)
    return sorted(out.glob("*[0-9]"), key=lambda path: int(path.name))


def main(home: str, release: str, out: str) -> None:
    for step in count(1):
        root = Path(out) / str(step)
        shutil.copytree(Path(home) / "courses", root)
        if not was_killed(step, root, Path(release)):
            return


def was_killed(step: int, root: Path, release: Path) -> bool:
    # What it says is kept outside of the workspace, and before it can be killed.
    told = os.open(f"{root}.told", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    child = os.fork()
    if child == 0:
        sys.addaudithook(Stopper(step))
        bring(release, root, "welcome", Wishes(tell=lambda notice: os.write(told, told_as(notice))))
        os._exit(0)
    os.close(told)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, -signal.SIGKILL):
        raise SystemExit(f"the upgrade failed with {code}")
    return code != 0


def told_as(notice: Notice) -> bytes:
    return f"{notice.matter} {notice.file}\n".encode()


if __name__ == "__main__":
    main(*sys.argv[1:])
