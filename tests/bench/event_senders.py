"""Trainees' own senders, as kernels run them: backlogs on disk, and threads that bring them.

Run by `event_return`: one process has the threads of many trainees, for so many kernels are more
than a small machine holds. Prints {"last": TIME, "tries": [[TIME, WHY], ...]} when all is sent.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from courses.learn.events import Event
from courses.learn.outbox import Writer, session_name
from courses.learn.sender import Sender
from courses.learn.service import NotNowError, Refusal, Service

_EXERCISES, _LESSONS = 5, 30


@dataclass
class Arrived:
    """Counts what the service took, and notes each try that it did not."""

    tries: list[tuple[float, str]] = field(default_factory=list)
    took: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


@dataclass(frozen=True)
class Watched(Service):
    """The service as the kernel knows it; what becomes of each request is noted."""

    arrived: Arrived = field(default_factory=Arrived)

    def post(self, events: Sequence[Event]) -> tuple[Refusal, ...]:
        """Send events, and note how it went."""
        try:
            refused = super().post(events)
        except NotNowError as error:
            self.arrived.tries.append((time.time(), str(error)))
            raise
        assert not refused, refused[0]
        self.arrived.took.release(len(events))
        return refused


def outbox_of(folder: Path, name: str) -> Path:
    """Return where a trainee's events wait."""
    return folder / name / ".onboard" / "outbox"


def learn(outbox: Path, events: int, rng: random.Random) -> None:
    """Write what a trainee did while the service was away."""
    writer = Writer(outbox, session_name())
    for seq in range(1, events + 1):
        lesson, exercise = rng.randrange(_LESSONS), rng.randrange(_EXERCISES)
        written = writer.add(
            Event(
                seq,
                "exercise-attempted",
                *("bench", "1.0.0", f"lesson-{lesson:02}", f"exercise-{exercise}"),
                state=rng.choice(("wrong", "right")),
                detail={"message": f"The mean is not {rng.randrange(9)}."},
            )
        )
        assert written, "the disk is full"


def main(folder: Path, url: str, names: Sequence[str], events: int) -> None:
    """Write their backlogs, say so, and send them until the service has all."""
    arrived = Arrived()
    for name in names:
        learn(outbox_of(folder, name), events, random.Random(name))
    for name in names:
        service = Watched(url, f"token-{name}", arrived=arrived)
        sender = Sender(outbox_of(folder, name), service)
        sender.start()
        sender.wake()
    print("waiting", flush=True)
    for _ in range(len(names) * events):
        arrived.took.acquire()
    print(json.dumps({"last": time.time(), "tries": arrived.tries}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[4:], int(sys.argv[3]))
