"""A Jupyter server extension: events that kernels left behind go to the course pages all the same.

A kernel sends what happens in it (`courses.learn.sender`). What it had not sent when it ended is
sent from here, and so is what an earlier session left. It happens in a thread, some time after the
server began: nobody waits for it, and the first cell of a lesson has the processor to itself.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courses.learn.service import Service

FIRST_LOOK_S = 10.0
LOOK_EVERY_S = 15.0


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "courses.leftovers"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401  untyped upstream
    """Nothing to load: it begins once the server runs."""


async def _start_jupyter_server_extension(serverapp: Any) -> None:  # noqa: ANN401
    left = Leftovers(Path(serverapp.root_dir), os.environ)
    # A daemon: what is not sent when the session ends, the next one sends.
    threading.Thread(target=left.keep_sending, name="onboard-leftovers", daemon=True).start()


class Leftovers:
    """What kernels left in a workspace, and where the session with this environment brings it."""

    def __init__(self, workspace: Path, env: Mapping[str, str]) -> None:
        # As `courses.learn.place` has it, which is not imported where nothing was ever learned.
        self._outbox = workspace / ".onboard" / "outbox"
        self._env = env

    def keep_sending(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Look now and then for events that nobody has sent, for as long as the session lasts."""
        pause(FIRST_LOOK_S)
        while True:
            wanted_s = self.send()
            # By chance: the sessions of a class begin together.
            pause(max(wanted_s, LOOK_EVERY_S * random.uniform(0.7, 1.3)))  # noqa: S311  no secret

    def send(self) -> float:
        """Send what there is, if that is possible just now.

        Returns how long the service asked to be left alone, in seconds.
        """
        if not any(self._outbox.glob("*.jsonl")) or self._service is None:
            return 0.0
        from courses.learn.sender import send
        from courses.learn.service import NotNowError

        try:
            send(self._outbox, self._service)
        except NotNowError as error:
            return error.pause_s
        except OSError:  # a full disk, or a file system that is away: it may come back
            pass
        return 0.0

    @cached_property
    def _service(self) -> Service | None:
        from courses.learn.service import service_of

        return service_of(self._env)
