"""jupyter_client starts a lesson's kernel by this: as a child of a warm process.

Its entry point is `onboard-warm`. jupyter_client has no way to hand a provisioner anything, so what
is to be launched is set here, once: a worker runs one lesson.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from courses.validation.keeper import Limits
from courses.validation.kernel import KernelRequest
from courses.validation.warm import Child, Warm, WarmProcessError

NAME = "onboard-warm"


@dataclass(frozen=True)
class Launch:
    """How this worker's kernels start."""

    warm: Warm
    root: Warm
    """The warm process with nothing of a lesson's loaded: it always forks."""
    run: Path
    """The folder for the kernel's log and its keeper's report."""
    limits: Limits
    online: bool
    fork: bool
    """Whether the kernel is the warm process' own Python, with what that has loaded."""


launch: Launch | None = None


def _ask(warm: Warm, request: KernelRequest) -> Child:
    return warm.ask("courses.validation.kernel:start", request.model_dump(mode="json")).begun()


async def _end_of(child: Child) -> int:
    loop, spoken = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(child, spoken.set)
    try:
        while (code := child.poll()) is None:
            await spoken.wait()
            spoken.clear()
    finally:
        loop.remove_reader(child)
    return code


class WarmProvisioner(LocalProvisioner):
    """Asks a warm process for the kernel."""

    process: Child | None
    _was: int | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        """Start the kernel and return how to connect to it. Raises WarmProcessError."""
        if launch is None:
            raise RuntimeError("set courses.validation.provisioner.launch first")
        request = KernelRequest(
            run=launch.run,
            cwd=kwargs.get("cwd") or Path.cwd(),
            variables=kwargs.get("env") or dict(os.environ),
            connection_file=self.parent.connection_file,
            online=launch.online,
            limits=launch.limits,
        )
        cold = request.model_copy(update={"argv": self._command(launch, cmd)})
        if launch.fork and self._is_python:
            try:
                self.process = _ask(launch.warm, request)
            except WarmProcessError:
                # Something that it has loaded cannot be forked: this lesson loads it anew.
                self.process = _ask(launch.root, cold)
        else:
            self.process = _ask(launch.root, cold)
        self.pid = self.process.pid
        info: dict[str, Any] = self.connection_info
        return info

    @property
    def _is_python(self) -> bool:
        # What is not Python runs by its own command.
        return bool(self.kernel_spec.language == "python")

    def _command(self, how: Launch, cmd: list[str]) -> tuple[str, ...]:
        if not self._is_python:
            return tuple(cmd)
        network = "online" if how.online else "offline"
        module = ("-m", "courses.validation.kernel")
        return (sys.executable, *module, self.parent.connection_file, str(how.run), network)

    async def poll(self) -> int | None:
        """Return None while the kernel runs."""
        return self._was if self.process is None else self.process.poll()

    async def wait(self) -> int | None:
        """Wait for its end."""
        if self.process is not None:
            self._was = await _end_of(self.process)
            self.process.close()
            self.process = None
        return self._was

    async def send_signal(self, signum: int) -> None:
        """Interrupt it; any other signal ends it, with all that it started."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.pid, signum if signum == signal.SIGINT else signal.SIGTERM)

    async def kill(self, restart: bool = False) -> None:  # noqa: ARG002
        """End it, with all that it started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:  # noqa: ARG002
        """End it, with all that it started."""
        await self.send_signal(signal.SIGTERM)
