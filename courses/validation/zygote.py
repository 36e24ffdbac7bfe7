"""A warm process, which has modules loaded and forks a child for each request.

`python -m courses.validation.zygote SOCKET MODULE...` imports the modules and listens. A client
(`courses.validation.warm`) connects and sends one line of JSON, `{"call": "module:function",
"arguments": {...}}`; a child is forked and runs that. The answers are lines too: `{"pid": 123}`
at once, `{"status": 0}` when the child has ended (-9: killed by signal 9). A client that hangs up
ends its child. It has one thread, ever: only that makes a fork safe.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from courses.validation import processes

_LOOK_S = 0.2
_PATIENCE_S = 3.0
_UNSAFE_DEVICES = ("/dev/nvidia", "/dev/kfd")


class Zygote:
    """Serves one socket until its standard input ends or it is told to stop."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._clients: dict[int, socket.socket] = {}
        self._children: set[int] = set()
        self._doomed: dict[int, float] = {}
        self._selector = selectors.DefaultSelector()
        self._woken, waker = os.pipe()
        for end in (self._woken, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, _leave)
        processes.adopt_orphans()

    def serve(self, lifeline: int | None) -> None:
        """Answer requests; `lifeline` is a descriptor at whose end this ends."""
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._woken, selectors.EVENT_READ, self._reap)
        if lifeline is not None:
            self._selector.register(lifeline, selectors.EVENT_READ, _leave)
        try:
            while True:
                for key, _ in self._selector.select(_LOOK_S if self._doomed else None):
                    key.data()
                self._insist()
        finally:
            processes.kill_below(os.getpid())

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        with contextlib.suppress(OSError, ValueError, KeyError), client.makefile("r") as lines:
            request = json.loads(lines.readline())
            self._fork(client, request["call"], request["arguments"])
            return
        client.close()

    def _fork(self, client: socket.socket, call: str, arguments: dict[str, Any]) -> None:
        why_not = unsafe_to_fork()
        if why_not:
            _tell(client, {"refused": why_not})
            client.close()
            return
        pid = os.fork()
        if pid == 0:
            self._become_child(client)
            _run(call, arguments)
        self._children.add(pid)
        self._clients[pid] = client
        _tell(client, {"pid": pid})
        self._selector.register(client, selectors.EVENT_READ, lambda: self._hung_up(pid))

    def _become_child(self, client: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        for one in (self._listener, client, *self._clients.values()):
            one.close()
        for end in (self._woken, self._waker):
            os.close(end)
        os.setsid()
        gc.enable()

    def _hung_up(self, pid: int) -> None:
        # A client has nothing more to say: whatever arrives now is the end of it.
        client = self._forget(pid)
        if client is not None:
            client.close()
        self._doomed[pid] = time.monotonic() + _PATIENCE_S
        os.kill(pid, signal.SIGTERM)

    def _insist(self) -> None:
        # One that is stopped does not hear a polite request.
        for pid, limit in list(self._doomed.items()):
            if time.monotonic() > limit:
                del self._doomed[pid]
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                self._children.discard(pid)
                self._doomed.pop(pid, None)
                client = self._forget(pid)
                if client is not None:
                    _tell(client, {"status": os.waitstatus_to_exitcode(status)})
                    client.close()
        # What a child that was killed has left behind is ours now, and nobody's.
        processes.kill_below(os.getpid(), spared=self._children)

    def _forget(self, pid: int) -> socket.socket | None:
        client = self._clients.pop(pid, None)
        if client is not None:
            self._selector.unregister(client)
        return client


def unsafe_to_fork() -> str:
    """Return why this process may not be forked, or nothing.

    A child cannot use a GPU that its parent has touched, and has none of its parent's threads.
    """
    if threading.active_count() > 1:
        return "a module that it has loaded has started threads"
    for device in _open_files():
        if device.startswith(_UNSAFE_DEVICES):
            return f"a module that it has loaded has opened {device}"
    return ""


def serve_warm(path: str, modules: Sequence[str]) -> None:
    """Be a warm process with more modules: the call that makes one from another."""
    log_into(Path(path).with_suffix(".log"))
    # The one that it was forked from goes with the lifeline; this goes with it.
    processes.die_with_parent(signal.SIGTERM)
    _serve(path, modules, lifeline=None)


def _serve(path: str, modules: Sequence[str], lifeline: int | None) -> None:
    _load(modules)
    gc.disable()
    gc.collect()
    # For good: a child whose collector went through all this would copy every page of it.
    gc.freeze()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Bound under another name until it listens: who finds it can connect.
    draft = f"{path}.new"
    listener.bind(draft)
    listener.listen(128)
    Path(draft).rename(path)
    Zygote(listener).serve(lifeline)


def _load(modules: Sequence[str]) -> None:
    """Import them. One that speaks meanwhile ends this process: in a lesson a cell would show it.

    What cannot be imported is for the lesson to find out.
    """
    for name in modules:
        said = _log_size()
        with contextlib.suppress(Exception):
            importlib.import_module(name)
        sys.stdout.flush()
        if _log_size() != said:
            raise SystemExit(f"{name} prints something when it is loaded")


def _log_size() -> int:
    return os.fstat(sys.stderr.fileno()).st_size


def log_into(path: Path) -> None:
    """Let all that this process prints go into that file, and let it read nothing."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, targets in ((nothing, (0,)), (log, (1, 2))):
        for target in targets:
            os.dup2(source, target)
        os.close(source)


def _run(call: str, arguments: dict[str, Any]) -> None:
    code = 1
    try:
        module, _, name = call.partition(":")
        getattr(importlib.import_module(module), name)(**arguments)
        code = 0
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except BaseException:  # noqa: BLE001  a child must never go back into its parent's loop
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _tell(client: socket.socket, answer: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        client.sendall(json.dumps(answer).encode() + b"\n")


def _open_files() -> list[str]:
    found = []
    with contextlib.suppress(OSError):
        for one in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(str(one.readlink()))
    return found


def _leave(*_: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:], lifeline=sys.stdin.fileno())
