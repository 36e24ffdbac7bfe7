"""Keeps a site's processes alive: starts each, again when it dies, and ends all at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spawners.errors import OnboardError

# A process that dies this often in this time will not be mended by another start.
MOST_STARTS, WITHIN_S = 5, 60.0
_GRACE_S = 30.0


@dataclass(frozen=True)
class Program:
    """One process to keep alive."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    user: str | None = None
    cwd: str = "/"


@dataclass
class Supervisor:
    """Runs programs until `stop`. `say` gets a sentence when something happens."""

    say: Callable[[str], None]
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _keepers: list[asyncio.Task[None]] = field(default_factory=list)

    async def keep(self, program: Program) -> None:
        """Start the program, and keep it running from now on."""
        self._running[program.name] = await _start(program)
        self._keepers.append(asyncio.create_task(self._keep(program)))

    async def failed(self) -> None:
        """Wait until a program cannot be kept alive; raises OnboardError with its last words."""
        for keeper in asyncio.as_completed(self._keepers):
            await keeper

    async def stop(self, *names: str) -> None:
        """End the programs (in the order given) and wait for each."""
        for keeper in self._keepers:
            keeper.cancel()
        for name in names:
            process = self._running.pop(name, None)
            if process is not None:
                await _end(process)

    async def _keep(self, program: Program) -> None:
        loop = asyncio.get_running_loop()
        starts = [loop.time()]
        while True:
            code = await self._running[program.name].wait()
            starts = [at for at in starts if loop.time() - at < WITHIN_S] + [loop.time()]
            if len(starts) > MOST_STARTS:
                raise OnboardError(
                    f"The {program.name} keeps ending (exit {code}): {last_words(program.log)}",
                    hint=f"Its whole log is {program.log}.",
                )
            self.say(f"The {program.name} ended unexpectedly (exit {code}); starting it again.")
            self._running[program.name] = await _start(program)


async def _start(program: Program) -> asyncio.subprocess.Process:
    with program.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *program.argv,
            env=dict(program.env),
            cwd=program.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=program.user,
            group=program.user,
            extra_groups=[] if program.user else None,
            # Ctrl-C in the terminal comes to us alone: we end the others in order.
            start_new_session=True,
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    # The whole group: the `node` of a Python package is a small parent of the real one.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def last_words(log: Path, lines: int = 3) -> str:
    """Return the last lines of a log, joined."""
    try:
        return " / ".join(log.read_text(errors="replace").strip().splitlines()[-lines:])
    except OSError:
        return "no log"
