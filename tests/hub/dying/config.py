"""The site's own configuration, and a hub that kills itself at the await that it is told.

`die-at` beside the hub's database says where: `enter`, `leave`, or FILE:FIRST-LAST, the lines of an
await. It is read, and removed, at a start.
"""

from __future__ import annotations

import os
import runpy
import signal
from collections.abc import Coroutine, Generator, Iterator
from pathlib import Path
from typing import Any

from traitlets.config import Config

from spawners.spawner import SessionSpawner

HERE = Path(__file__).parent
TOLD = HERE / "die-at"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """Awaits a coroutine, step by step; dies when it stands where it was told to die."""

    def __init__(self, inner: Coroutine[Any, Any, Any], told: str) -> None:
        self.inner, self.told = inner, told

    def __await__(self) -> Generator[Any, Any, Any]:
        if self.told == "enter":
            die()
        send, value = self.inner.send, None
        while True:
            try:
                waits_for = send(value)
            except StopIteration as stop:
                if self.told == "leave":
                    die()
                return stop.value
            if any(is_at(self.told, *place) for place in places(self.inner)):
                die()
            try:
                value, send = (yield waits_for), self.inner.send
            except BaseException as error:  # noqa: BLE001  handed on, whatever it is
                value, send = error, self.inner.throw


def places(inner: Any) -> Iterator[tuple[str, int]]:
    """Return where a suspended coroutine stands: file and line, from the outside in."""
    while inner is not None:
        frame = getattr(inner, "cr_frame", None)
        if frame is not None:
            yield Path(frame.f_code.co_filename).name, frame.f_lineno
        inner = getattr(inner, "cr_await", None)


def is_at(told: str, file: str, line: int) -> bool:
    name, _, lines = told.partition(":")
    first, _, last = lines.partition("-")
    return bool(lines) and name == file and int(first) <= line <= int(last)


class DyingSpawner(SessionSpawner):
    """A session whose hub is mortal."""

    async def start(self) -> tuple[str, int]:
        told = TOLD.read_text() if TOLD.exists() else ""
        TOLD.unlink(missing_ok=True)
        submit = self._batch.submit
        self._batch.submit = lambda *given: wait(Mortal(submit(*given), told))
        try:
            return await Mortal(super().start(), told)
        finally:
            del self._batch.submit


async def wait(mortal: Mortal) -> Any:
    return await mortal


c: Config
site = runpy.run_module("hub_config.jupyterhub_config", init_globals={"c": c})  # noqa: F821
c.JupyterHub.spawner_class = DyingSpawner  # noqa: F821
