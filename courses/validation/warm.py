"""The client of a warm process (`courses.validation.zygote`): start it, ask it for children."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from spawners.errors import OnboardError

_START_S = 60.0
_ANSWER_S = 120.0
_SOON_S = 0.005


class WarmProcessError(OnboardError):
    """A warm process did not start, or will not fork; the lesson is not at fault."""


class Child:
    """A process that a warm one has forked. It ends when this is closed."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""
        self._status: int | None = None
        self.pid = 0

    def fileno(self) -> int:
        """Return what becomes readable when the child has ended."""
        return self._connection.fileno()

    def begun(self) -> Self:
        """Wait until it runs. Raises WarmProcessError."""
        self._connection.settimeout(_ANSWER_S)
        try:
            answer = self._line()
        except OSError:
            answer = {}
        if "pid" not in answer:
            self.close()
            why = answer.get("refused", "it ended")
            raise WarmProcessError(f"A warm process forks nothing: {why}.")
        self.pid = answer["pid"]
        self._connection.setblocking(False)
        return self

    def poll(self) -> int | None:
        """Return its exit code once it has ended (negative: the signal), else None."""
        if self._status is None:
            with contextlib.suppress(BlockingIOError):
                # Without a word the warm process itself is gone, and its children with it.
                self._status = int(self._line().get("status", -9))
        return self._status

    def close(self) -> None:
        """End it, if it has not ended, and forget it."""
        self._connection.close()

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            try:
                part = self._connection.recv(4096)
            except ConnectionError:
                part = b""
            if not part:
                return {}
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found


class Warm:
    """A warm process at a socket."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask(self, call: str, arguments: Mapping[str, Any]) -> Child:
        """Ask for a child that runs `module:function` with these arguments (JSON)."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self.path))
            request = json.dumps({"call": call, "arguments": dict(arguments)})
            connection.sendall(request.encode() + b"\n")
        except OSError as error:
            connection.close()
            raise WarmProcessError(f"A warm process does not answer: {error.strerror}.") from None
        return Child(connection)

    def more(self, path: Path, modules: Iterable[str]) -> WarmMore:
        """Fork a warm process that loads more modules, and will answer at the socket `path`."""
        arguments = {"path": str(path), "modules": sorted(modules)}
        return WarmMore(path, self.ask("courses.validation.zygote:serve_warm", arguments).begun())


class WarmMore(Warm):
    """A warm process that was forked from another. Closing it ends it."""

    def __init__(self, path: Path, child: Child) -> None:
        super().__init__(path)
        self._child = child

    @property
    def ready(self) -> bool:
        """Whether it has loaded its modules. Raises WarmProcessError once it has ended."""
        if self._child.poll() is not None:
            raise WarmProcessError(f"A warm process did not start: {_log_of(self.path)}")
        return self.path.exists()

    def close(self) -> None:
        """End it and what it has forked."""
        self._child.close()


class WarmRoot(Warm):
    """The first warm process: a new Python. Leaving the context ends it and all it has forked."""

    def __init__(
        self, path: Path, modules: Sequence[str], variables: Mapping[str, str], cwd: Path
    ) -> None:
        super().__init__(path)
        with path.with_suffix(".log").open("wb") as log:
            self._process = subprocess.Popen(
                # Without frozen modules, as ipykernel's own kernels: debugpy complains of them.
                [
                    *(sys.executable, "-X", "frozen_modules=off"),
                    *("-m", "courses.validation.zygote", str(path), *modules),
                ],
                env=dict(variables),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def begun(self) -> Self:
        """Wait until it answers. Raises WarmProcessError."""
        limit = time.monotonic() + _START_S
        # No event tells of a file on every system; this is over in a moment.
        while not self.path.exists():
            if self._process.poll() is not None or time.monotonic() > limit:
                raise WarmProcessError(f"A warm process did not start: {_log_of(self.path)}")
            time.sleep(_SOON_S)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _log_of(path: Path) -> str:
    try:
        return path.with_suffix(".log").read_text(encoding="utf-8", errors="replace")[-500:].strip()
    except OSError:
        return os.strerror(2)
