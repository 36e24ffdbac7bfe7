"""How things stand in a running session: looked at every few seconds, judged, told to whoever asks.

It answers the page's `GET onboard/session`, and writes the same beside the session's file for the
kernels (`courses.learn.session`).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from spawners.class_news import ClassNews, ClassNote
from spawners.gpu_use import Driver, GpuUse, Nvml
from spawners.idleness import Action, Judgement, Reason, Rule, Verdict, judge
from spawners.machine import Model
from spawners.session_file import SessionFile, status_path

LOOK_EVERY_S = 5.0
# A home folder is on a shared file system: not at every look.
WRITE_EVERY_S = 30.0
DRIVER_LIMIT_S = 4.0
PAGE_ASKS_EVERY_S = 15.0
LEAST_S = 2.0


@dataclass(frozen=True)
class Activity:
    """What goes on in the session's server."""

    busy: bool
    """Whether a kernel computes."""
    last: float
    """When something was last done in it; Unix seconds."""


class Warned(Model):
    """An end that is near."""

    reason: Reason
    left_s: float


class SessionStatus(Model):
    """How things stand, for pages and kernels. Times are Unix seconds, unless they end in `_s`."""

    at: float
    size: str
    deadline: float
    time_left_s: float
    gpus_granted: int
    gpus: tuple[GpuUse, ...]
    """Fewer than were granted where the driver does not answer."""
    warning: Warned | None
    notes: tuple[ClassNote, ...] = ()
    """Of the instructor to the class that the session's trainee is in; the newest last."""
    again_s: float = 15.0
    """How soon a page is to ask again."""


class SessionWatch:
    """Looks at one session. `activity` tells what goes on in its server; times in seconds."""

    def __init__(
        self,
        session: SessionFile,
        activity: Callable[[], Activity],
        *,
        driver: Driver | None = None,
        clock: Callable[[], float] = time.time,
        news: Callable[[], ClassNews] = ClassNews,
    ) -> None:
        self._session, self._activity, self._clock = session, activity, clock
        self._news = news
        self._driver = driver or Nvml()
        self._gpus: tuple[GpuUse, ...] = ()
        self._gpus_used_at = self._here_at = clock()
        self._judgement = Judgement()
        self._asked: Future[tuple[GpuUse, ...]] | None = None

    def here(self) -> None:
        """Take the trainee's word that they are there: it counts as activity."""
        self._here_at = self._clock()
        self._judge()

    async def look(self) -> Verdict:
        """Ask the GPUs, judge, and return what is to be done."""
        if self._session.grant.gpus:
            self._gpus = await self._ask_driver()
            if not self._gpus_known_idle():
                self._gpus_used_at = self._clock()
        self._judge()
        return self._judgement.verdict

    def status(self) -> SessionStatus:
        """Return how things stand, as of the last look."""
        now, verdict, news = self._clock(), self._judgement.verdict, self._news()
        deadline = self._deadline()
        return SessionStatus(
            at=now,
            size=self._session.grant.title,
            deadline=deadline,
            time_left_s=max(0.0, deadline - now),
            gpus_granted=self._session.grant.gpus,
            gpus=self._gpus,
            warning=Warned(reason=verdict.reason, left_s=verdict.left_s)
            if verdict.reason
            else None,
            notes=news.notes,
            again_s=min(PAGE_ASKS_EVERY_S, max(news.again_s, LEAST_S)),
        )

    async def run(self, path: Path) -> Verdict:
        """Look until the session is to be ended; keep the status beside the file at `path`."""
        written_at, written = -WRITE_EVERY_S, None
        while (verdict := await self.look()).action is not Action.END:
            news = self._news()
            if time.monotonic() - written_at >= WRITE_EVERY_S or news != written:
                await asyncio.to_thread(write, status_path(path), self.status())
                written_at, written = time.monotonic(), news
            await asyncio.sleep(LOOK_EVERY_S)
        return verdict

    def _judge(self) -> None:
        self._judgement = judge(self._rules(), self._clock(), self._judgement)

    def _deadline(self) -> float:
        """Return when the session ends: with its class, if that is sooner."""
        ends_at = self._news().ends_at
        return self._session.deadline if ends_at is None else min(self._session.deadline, ends_at)

    def _rules(self) -> list[Rule]:
        session, grant, activity = self._session, self._session.grant, self._activity()
        rules = [
            Rule(Reason.TIME, session.started_at, self._deadline() - session.started_at),
        ]
        if grant.idle_limit_s:
            last = self._clock() if activity.busy else max(activity.last, self._here_at)
            rules.append(Rule(Reason.IDLE, last, grant.idle_limit_s))
        if grant.gpu_idle_limit_s and grant.gpus:
            rules.append(Rule(Reason.GPU_IDLE, self._gpus_used_at, grant.gpu_idle_limit_s))
        return rules

    def _gpus_known_idle(self) -> bool:
        return len(self._gpus) >= self._session.grant.gpus and all(
            gpu.busy_percent == 0 for gpu in self._gpus
        )

    async def _ask_driver(self) -> tuple[GpuUse, ...]:
        # A driver that hangs keeps one thread, and is not asked again until it has answered.
        if self._asked is None or self._asked.done():
            self._asked = Future()
            ask = (self._driver, self._session.granted_gpus, self._asked)
            # Not from a pool: the end of this process would wait for a driver that hangs.
            threading.Thread(target=_ask, args=ask, daemon=True).start()
        answer = asyncio.wrap_future(self._asked)
        done, _ = await asyncio.wait([answer], timeout=DRIVER_LIMIT_S)
        return answer.result() if done else ()


def _ask(driver: Driver, granted: tuple[str, ...], answer: Future[tuple[GpuUse, ...]]) -> None:
    try:
        answer.set_result(driver.read(granted))
    except BaseException as error:  # noqa: BLE001  it is raised where the answer is awaited
        answer.set_exception(error)


def write(path: Path, status: SessionStatus) -> None:
    """Write the status for its user alone, whole or not at all; a full disk is no error here."""
    part = path.with_suffix(".part")
    with contextlib.suppress(OSError):
        part.touch(mode=0o600)
        part.write_text(status.model_dump_json(), encoding="utf-8")
        part.replace(path)
