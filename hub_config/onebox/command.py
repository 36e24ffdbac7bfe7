"""Run a program of the system: an argument list, a time limit, and one sentence when it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from spawners.errors import BatchError, MissingTool

# A caller's PATH may leave out the folders of the system's own tools.
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Answer = subprocess.CompletedProcess[str]


def find(name: str) -> str | None:
    """Return where the program is, or None."""
    return shutil.which(name, path=SYSTEM_PATH)


def tool(name: str) -> str:
    """Return where the program is. Raises MissingTool."""
    path = find(name)
    if path is None:
        raise MissingTool(
            f"The program {name} is not on this machine.",
            hint="`onboard onebox up` as root installs it.",
        )
    return path


def ask(
    name: str, *arguments: str, timeout_s: float = 20.0, env: Mapping[str, str] | None = None
) -> Answer:
    """Run it and return whatever it answers. Raises BatchError when it takes too long."""
    try:
        return subprocess.run(
            [tool(name), *arguments],
            # The machine's language must not change the words that are read.
            env={**os.environ, "PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BatchError(
            f"{name} did not end within {timeout_s:.0f} s.", hint="Try again, or restart it all."
        ) from None


def do(name: str, *arguments: str, timeout_s: float = 20.0) -> None:
    """Run it. Raises BatchError with its own last words when it fails."""
    answer = ask(name, *arguments, timeout_s=timeout_s)
    if answer.returncode != 0:
        raise BatchError(f"{name} failed: {last_words(answer)}", hint=_as_typed(name, arguments))


def last_words(answer: Answer) -> str:
    """Return the last line that says something, errors first."""
    lines = [*answer.stdout.splitlines(), *answer.stderr.splitlines()]
    spoken = [line.strip() for line in lines if line.strip()]
    return spoken[-1] if spoken else f"exit code {answer.returncode}"


def _as_typed(name: str, arguments: Sequence[str]) -> str:
    return f"The command was: {' '.join([name, *arguments])}"
