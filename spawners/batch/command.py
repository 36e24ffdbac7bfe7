"""Run one command of a batch system: an argument list, a time limit, and three kinds of answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from spawners.errors import BatchUnavailable, MissingTool
from spawners.metrics import COMMAND_SECONDS, COMMANDS

_END_S = 1.0


@dataclass(frozen=True)
class Answer:
    """What the command printed, and its exit code."""

    code: int
    out: str
    err: str


async def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
) -> Answer:
    """Run `argv` with no shell. Raises BatchUnavailable when it takes longer than `timeout_s`."""
    command = _word(argv)
    outcome = "no answer"
    try:
        with COMMAND_SECONDS.labels(command).time():
            answer = await _run(argv, timeout_s=timeout_s, stdin=stdin, env=env)
        outcome = "ok" if answer.code == 0 else "refused"
        return answer
    finally:
        COMMANDS.labels(command, outcome).inc()


async def _run(
    argv: Sequence[str], *, timeout_s: float, stdin: str, env: Mapping[str, str] | None
) -> Answer:
    process = await _begin(argv, env)
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin.encode()), timeout_s)
    except BaseException as error:
        await _end(process)
        if isinstance(error, TimeoutError):
            raise BatchUnavailable(
                f"The batch system did not answer within {timeout_s:.0f} s ({_word(argv)}).",
                hint="Try again in a few minutes.",
            ) from None
        raise
    assert process.returncode is not None  # noqa: S101  communicate() has waited for it
    return Answer(
        process.returncode, out.decode(errors="replace"), err.decode(errors="replace").strip()
    )


async def _begin(argv: Sequence[str], env: Mapping[str, str] | None) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=env,
            # Its own group: sudo and what it started are ended together.
            start_new_session=True,
        )
    except FileNotFoundError:
        raise MissingTool(
            f"The command {argv[0]} is not on this machine.",
            hint="Install the batch system's client tools, or choose another site.",
        ) from None
    except OSError as error:
        # No process, memory or descriptor is to be had just now, or the tool is being replaced.
        raise BatchUnavailable(
            f"The command {argv[0]} could not be run: {error.strerror}.",
            hint="Try again in a few minutes.",
        ) from None


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the command with all that it started, and read what is left in its pipes."""
    # What sudo runs is not ours to kill: sudo's own time limit ends it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.communicate(), _END_S)


def _word(argv: Sequence[str]) -> str:
    names = ("sbatch", "scancel", "squeue", "scontrol", "sacct", "sacctmgr", "sinfo")
    return next((one for word in argv if (one := PurePath(word).name) in names), argv[0])
