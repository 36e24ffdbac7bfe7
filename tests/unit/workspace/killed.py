"""Upgrade a workspace again and again, each time killed one step later, until one comes through.

`python killed.py HOME RELEASE OUT`: for each step the workspace `HOME/courses` is copied to
`OUT/<step>`; there the upgrade is killed just before its step of that number. A step is whatever
changes a file or folder, as Python's audit events tell of it. What it told is in `OUT/<step>.told`.
Prints how many steps there are.
"""

from __future__ import annotations

import os
import shutil
import sys
from itertools import count
from pathlib import Path

# Imported before the forks: they need a second, a fork does not.
import courses.upgrades.trainee_notebook  # noqa: F401
from courses.workspace import Notice, Wishes, bring

STEPS = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod")
KILLED = 9


def main(home: str, release: str, out: str) -> None:
    for step in count(1):
        root = Path(out) / str(step)
        shutil.copytree(Path(home) / "courses", root)
        if not was_killed(step, root, Path(release)):
            sys.stdout.write(str(step))
            return


def was_killed(step: int, root: Path, release: Path) -> bool:
    # What it says is kept outside of the workspace, and before it can be killed.
    told = os.open(f"{root}.told", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    child = os.fork()
    if child == 0:
        die_before(step)
        bring(release, root, "welcome", Wishes(tell=lambda notice: os.write(told, told_as(notice))))
        os._exit(0)
    os.close(told)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, KILLED):
        raise SystemExit(f"the upgrade failed with {code}")
    return code == KILLED


def told_as(notice: Notice) -> bytes:
    return f"{notice.matter} {notice.file}\n".encode()


def die_before(step: int) -> None:
    steps = iter(range(1, step))

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        # open(path, mode, flags): a reader changes nothing.
        writes = event == "open" and int(arguments[2]) & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in STEPS) and next(steps, None) is None:
            os._exit(KILLED)

    sys.addaudithook(watch)


if __name__ == "__main__":
    main(*sys.argv[1:])
