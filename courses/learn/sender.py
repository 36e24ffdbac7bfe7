"""Events on their way from the outbox to the service: in order, none lost, none twice.

`send` goes through a whole outbox, whoever wrote it: a kernel calls it in a thread, and a
session's server may call it too. A lock lets one in at a time. What was acknowledged is remembered
after the service has it: who is killed in between sends again what the service already knows.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from courses.learn.outbox import files_in, mark_sent, read_from, sent, set_aside
from courses.learn.service import NotNowError, Refusal, Service, TooLargeError

MOST_AT_ONCE = 500
SHORT_PAUSE_S = 2.0
"""The longest pause in the first ten minutes of an outage: who comes back is seen at once."""
LONGEST_PAUSE_S = 300.0
_PART_OF_OUTAGE = SHORT_PAUSE_S / 600
_KEPT_S = 30 * 86400.0
_unmarked: dict[Path, int] = {}
"""How far files were sent where that could not be written down yet."""


def send(outbox: Path, service: Service) -> None:
    """Send all that is in an outbox and not acknowledged yet.

    Returns when nothing is left. Raises NotNowError, also when somebody else is sending, and
    OSError where the outbox cannot be read or written: what was not sent is still there then, and
    a file that is full of trouble has held up no other.
    """
    if not outbox.is_dir():
        return
    troubles: list[OSError] = []
    with _alone(outbox):
        for file in files_in(outbox):
            try:
                _send_file(file, service)
                _forget_if_old(file)
            except OSError as error:
                troubles.append(error)
    if troubles:
        raise troubles[0]


def _send_file(file: Path, service: Service) -> None:
    position, most = _begin(file), MOST_AT_ONCE
    while True:
        batch = read_from(file, position, most)
        if batch.end == position:
            break
        refused: tuple[Refusal, ...] = ()
        if batch.events:
            try:
                refused = service.post(batch.events)
            except TooLargeError:
                if len(batch.events) > 1:
                    most = len(batch.events) // 2
                    continue
                refused = (Refusal(batch.events[0].id, "too large"),)
        set_aside(file, ".broken", batch.broken)
        set_aside(file, ".refused", tuple(json.dumps(asdict(one)).encode() for one in refused))
        position = batch.end
        _unmarked[file] = position
        with contextlib.suppress(OSError):  # a full home holds up no event
            _mark(file)
    if file in _unmarked:
        _mark(file)


def _begin(file: Path) -> int:
    """Return from where on a file is to be sent: this process may know more than is on disk."""
    known = _unmarked.get(file, 0)
    return max(sent(file), known if known <= file.stat().st_size else 0)


def _mark(file: Path) -> None:
    mark_sent(file, _unmarked[file])
    del _unmarked[file]


def _forget_if_old(file: Path) -> None:
    """Remove what the service has had for a month: its kernel is gone."""
    status = file.stat()
    if sent(file) == status.st_size and time.time() - status.st_mtime > _KEPT_S:
        file.unlink()
        file.with_suffix(".sent").unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(outbox: Path) -> Iterator[None]:
    with (outbox / "lock").open("a") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotNowError("somebody else is sending") from None
        except OSError:
            pass  # no locks here: sending twice does no harm, the service knows the ids
        yield


def pause_s(away_s: float, wanted_s: float = 0.0) -> float:
    """Return how long to wait before the next try, never in step with others.

    `away_s` is how long nothing could be sent; `wanted_s` how long the service asked to be left
    alone, which counts.
    """
    longest_s = min(LONGEST_PAUSE_S, max(SHORT_PAUSE_S, away_s * _PART_OF_OUTAGE))
    by_chance = random.uniform(0.5, 1.0)  # noqa: S311  not a secret
    return max(longest_s * by_chance, min(LONGEST_PAUSE_S, wanted_s) * (0.5 + by_chance))


class Sender(threading.Thread):
    """Sends from a kernel, beside its work: it delays no cell, and no kernel's end."""

    def __init__(
        self, outbox: Path, service: Service, pause: Callable[[float, float], float] = pause_s
    ) -> None:
        super().__init__(name="onboard-events", daemon=True)
        self._outbox, self._service, self._pause = outbox, service, pause
        self._news = threading.Event()

    def wake(self) -> None:
        """Say that there is something to send; returns at once."""
        self._news.set()

    def run(self) -> None:
        """Wait for news and send them, for as long as the kernel lives."""
        while True:
            self._news.wait()
            self._news.clear()
            self._send_all()

    def _send_all(self) -> None:
        began_s = time.monotonic()
        while True:
            try:
                send(self._outbox, self._service)
            except NotNowError as error:
                wanted_s = error.pause_s
            except OSError:
                wanted_s = 0.0
            else:
                return
            time.sleep(self._pause(time.monotonic() - began_s, wanted_s))
