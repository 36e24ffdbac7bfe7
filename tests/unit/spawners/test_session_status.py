"""A session under watch: who works stays, whose GPU sleeps is warned and ended, all of it told."""

from __future__ import annotations

import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from spawners.gpu_use import GpuUse
from spawners.idleness import Action, Reason
from spawners.session_file import Grant, SessionFile, status_path
from spawners.session_status import Activity, SessionStatus, SessionWatch, write

START = 1_000_000.0


class FakeDriver:
    """A driver that says what a test wants, for each GPU: percent busy, or None for unknown."""

    def __init__(self, *busy: int | None) -> None:
        self.busy: tuple[int | None, ...] = busy
        self.asked_for: tuple[str, ...] = ()

    def read(self, granted: tuple[str, ...]) -> tuple[GpuUse, ...]:
        self.asked_for = granted
        return tuple(
            GpuUse(
                index=str(number),
                name="A100",
                busy_percent=busy,
                memory_used_mib=2150,
                memory_mib=40960,
            )
            for number, busy in enumerate(self.busy)
        )


class Watched:
    """A session, its clock, and what goes on in it."""

    def __init__(
        self,
        driver: Any = None,
        *,
        gpus: int = 0,
        idle_limit_s: int | None = None,
        gpu_idle_limit_s: int | None = None,
    ) -> None:
        self.now, self.activity = START, Activity(busy=False, last=0.0)
        session = SessionFile(
            job_id="4711",
            started_at=START,
            deadline=START + 4 * 3600,
            visible_gpus="2,GPU-aa" if gpus else "",
            grant=Grant(
                size="gpu-1",
                title="1 GPU",
                cpus=4,
                memory_mib=8192,
                gpus=gpus,
                idle_limit_s=idle_limit_s,
                gpu_idle_limit_s=gpu_idle_limit_s,
            ),
        )
        self.watch = SessionWatch(
            session, lambda: self.activity, driver=driver, clock=lambda: self.now
        )

    async def after(self, seconds: float) -> Action:
        self.now += seconds
        return (await self.watch.look()).action


async def test_a_session_without_limits_is_only_told_its_time() -> None:
    session = Watched()

    assert await session.after(4 * 3600 - 700) is Action.NOTHING
    assert await session.after(200) is Action.WARN

    status = session.watch.status()
    assert (status.size, status.time_left_s) == ("1 GPU", 500)
    assert status.warning is not None
    assert (status.warning.reason, status.warning.left_s) == (Reason.TIME, 500)


async def test_an_idle_session_is_warned_and_ended() -> None:
    session = Watched(idle_limit_s=1800)

    assert await session.after(1400) is Action.NOTHING
    assert await session.after(100) is Action.WARN
    assert await session.after(300) is Action.END


@pytest.mark.parametrize("sign", ["busy", "message", "here"])
async def test_who_does_something_stays(sign: str) -> None:
    # given a session that is warned
    session = Watched(idle_limit_s=1800)
    assert await session.after(1700) is Action.WARN

    # when a kernel computes, a kernel or terminal said something, or the trainee is there
    if sign == "busy":
        session.activity = Activity(busy=True, last=0.0)
    elif sign == "message":
        session.activity = Activity(busy=False, last=session.now - 5)
    else:
        session.watch.here()
        assert session.watch.status().warning is None

    # then the warning is gone, and the limit counts anew
    assert await session.after(200) is Action.NOTHING


async def test_a_busy_kernel_with_a_sleeping_gpu_is_idle_on_its_gpu() -> None:
    # given a session whose kernel computes, and whose trainee is there
    session = Watched(FakeDriver(0), gpus=1, idle_limit_s=1800, gpu_idle_limit_s=900)
    session.activity = Activity(busy=True, last=START)

    # when its GPU does nothing for the limit
    assert await session.after(1) is Action.NOTHING
    assert await session.after(800) is Action.WARN
    session.watch.here()

    # then it is ended for that, whoever is there
    assert session.watch.status().warning is not None
    assert await session.after(100) is Action.WARN
    assert await session.after(30) is Action.END


@pytest.mark.parametrize(
    "busy",
    [(1,), (None,), (), (0, 7), (0, None)],
    ids=["busy", "unknown", "no driver", "one of two", "one unknown"],
)
async def test_a_gpu_that_is_used_or_not_known_is_never_idle(busy: tuple[int | None, ...]) -> None:
    session = Watched(FakeDriver(*busy), gpus=max(1, len(busy)), gpu_idle_limit_s=900)

    for _ in range(10):
        assert await session.after(800) is Action.NOTHING


async def test_a_gpu_that_was_not_known_for_a_while_counts_from_then() -> None:
    driver = FakeDriver(0)
    session = Watched(driver, gpus=1, gpu_idle_limit_s=900)
    assert await session.after(600) is Action.NOTHING

    driver.busy = ()
    assert await session.after(100) is Action.NOTHING
    driver.busy = (0,)

    assert await session.after(600) is Action.NOTHING
    assert await session.after(150) is Action.WARN


async def test_a_driver_that_hangs_is_left_alone_and_asked_no_second_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given a driver that does not come back
    monkeypatch.setattr("spawners.session_status.DRIVER_LIMIT_S", 0.01)
    release, calls = threading.Event(), []

    class Hanging:
        def read(self, granted: tuple[str, ...]) -> tuple[GpuUse, ...]:
            calls.append(granted)
            release.wait(20)
            return ()

    session = Watched(Hanging(), gpus=1, gpu_idle_limit_s=900)

    # when the session is looked at again and again
    actions = [await session.after(800) for _ in range(3)]
    release.set()

    # then it goes on, its GPU is not known, and one question is open
    assert actions == [Action.NOTHING] * 3
    assert calls == [("2", "GPU-aa")]
    assert session.watch.status().gpus == ()
    assert session.watch.status().gpus_granted == 1


async def test_the_status_names_the_granted_gpus_and_is_its_users_alone(tmp_path: Path) -> None:
    # given a session with a GPU at work
    driver = FakeDriver(35)
    session = Watched(driver, gpus=1)
    await session.after(5)

    # when its status is written beside its file
    path = status_path(tmp_path / "session-4711.json")
    write(path, session.watch.status())

    # then it reads as it was, and nobody else can read it
    assert SessionStatus.model_validate_json(path.read_bytes()) == session.watch.status()
    assert path.name == "session-4711.status.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert driver.asked_for == ("2", "GPU-aa")
    assert session.watch.status().gpus[0].busy_percent == 35


def test_a_status_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "session-1.status.json"

    write(missing, Watched().watch.status())

    assert not missing.exists()
