"""Run a long step quietly: its output goes to a log, and is shown only where the step fails."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.start import Problem

_SHOWN_LINES = 15

_NO_SPACE = "no space is left on the disk. Free about 1 GiB, then start this again."
_FULL_BYTES = 8 * 1024**2  # less than this is a full disk, whatever a program says of it
_CAUSES = {
    r"No space left on device|ENOSPC|Disk quota exceeded": _NO_SPACE,
    r"connection broken by|NewConnectionError|ConnectTimeout|Max retries exceeded"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH"
    r"|Temporary failure|Could not resolve|Could not connect|Unable to connect": (
        "the network does not reach {index}. "
        "Check the connection (or the proxy settings), then start this again."
    ),
    r"ensurepip is not\s+available|No module named (venv|ensurepip)": (
        "this Python lacks its venv module. Install it "
        "(on Debian and Ubuntu: apt install python3-venv), then start this again."
    ),
}
"""What a log says, and what that means."""


def quietly(
    what: str,
    arguments: Sequence[str],
    *,
    log: Path,
    note: str = "",
    index: str = "the package index",
    timeout_s: float = 1800,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run the step called `what`. Raises Problem with the cause, or with the log's last lines.

    `note` is said once, beside the name; `index` is where the step gets its packages from.
    """
    print(f"{what}{note} ...", flush=True)
    started = time.monotonic()
    with log.open("wb") as output:
        # A group of its own: what is stopped is the step and all that it has started.
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            process_group=0,
        )
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise Problem(f"{what} failed: not done after {timeout_s:.0f} seconds.") from None
        finally:
            _end(process)
    if code != 0:
        raise Problem(explain(what, log.read_text(errors="replace"), index, log))
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def explain(what: str, text: str, index: str, log: Path) -> str:
    """Return why the step failed: in one sentence where the log says so, else its last lines."""
    for pattern, sentence in _CAUSES.items():
        if re.search(pattern, text):
            return f"{what} failed: {sentence.format(index=index)}"
    if shutil.disk_usage(log.parent).free < _FULL_BYTES:
        return f"{what} failed: {_NO_SPACE}"
    last = "\n".join(f"  {line}" for line in text.splitlines()[-_SHOWN_LINES:])
    return f"{what} failed. The last lines of {log}:\n{last}"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
