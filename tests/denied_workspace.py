"""Do something to a workspace again and again, each time with writes refused from one step on.

`python denied_workspace.py WHAT HOME RELEASE OUT ERRNO`: WHAT is `bring` or `reset`. For each step
the workspace `HOME/courses` is copied to `OUT/<step>`; there every write from that one on raises
ERRNO, until one run meets none. What each run said is in `OUT/<step>.said`: nothing, or message and
hint.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from stopping import MOVES, writes

from courses.workspace import WorkspaceError, bring, reset

LESSON = "part 1/lesson.ipynb"
# A full disk takes nothing new; what is removed from it, or named otherwise, needs no room.
NEEDS_ROOM = ("os.mkdir", "os.link")
FULL = (errno.ENOSPC, errno.EDQUOT)


def denied_at_each_step(what: str, home: Path, release: Path, out: Path, code: int) -> list[Path]:
    """Return per step the workspace after all writes from that step on were refused."""
    command = [sys.executable, __file__, what, str(home), str(release), str(out), str(code)]
    subprocess.run(command, check=True, timeout=120)
    return sorted(out.glob("*[0-9]"), key=lambda path: int(path.name))


def main(what: str, home: str, release: str, out: str, code: str) -> None:
    act: dict[str, Callable[[Path], object]] = {
        "bring": lambda root: bring(Path(release), root, "welcome"),
        "reset": lambda root: reset(Path(release), root, "welcome", LESSON),
    }
    for step in count(1):
        root = Path(out) / str(step)
        shutil.copytree(Path(home) / "courses", root)
        if not was_denied(step, root, act[what], int(code)):
            return


def was_denied(step: int, root: Path, act: Callable[[Path], object], code: int) -> bool:
    said = os.open(f"{root}.said", os.O_WRONLY | os.O_CREAT, 0o600)
    child = os.fork()
    if child == 0:
        refused: list[str] = []
        deny_from(step, code, refused)
        try:
            act(root)
        except WorkspaceError as error:
            os.write(said, f"{error.message}\n{error.hint}".encode())
        os._exit(1 if refused else 0)
    os.close(said)
    _, status = os.waitpid(child, 0)
    result = os.waitstatus_to_exitcode(status)
    if result not in (0, 1):
        raise SystemExit(f"it failed with {result}")
    return result == 1


def deny_from(step: int, code: int, refused: list[str]) -> None:
    steps = iter(range(1, step))
    events = NEEDS_ROOM if code in FULL else MOVES

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if (writes(event, arguments) or event in events) and next(steps, None) is None:
            refused.append(event)
            raise OSError(code, os.strerror(code), arguments[0])

    sys.addaudithook(watch)


if __name__ == "__main__":
    main(*sys.argv[1:])
