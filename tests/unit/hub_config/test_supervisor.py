"""What dies is started again; what keeps dying is said; what is ended leaves nothing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from hub_config.supervisor import Program, Supervisor
from spawners.errors import OnboardError

LIMIT_S = 30


def program(tmp_path: Path, code: str) -> Program:
    return Program("thing", [sys.executable, "-c", code], {}, tmp_path / "thing.log")


async def test_a_program_that_keeps_dying_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    await supervisor.keep(program(tmp_path, "print('no luck'); raise SystemExit(4)"))

    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(OnboardError, match="no luck"):
            await supervisor.failed()

    assert len(said) >= 2
    assert "exit 4" in said[0]


async def test_ending_a_program_ends_what_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    code = (
        "import subprocess, sys, pathlib, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(child.pid))\n"
        "time.sleep(300)\n"
    )
    supervisor = Supervisor(lambda _: None)
    await supervisor.keep(program(tmp_path, code))
    async with asyncio.timeout(LIMIT_S):
        while not (child.exists() and child.read_text()):
            await asyncio.sleep(0.05)
    process = psutil.Process(int(child.read_text()))

    await supervisor.stop("thing")

    _, alive = psutil.wait_procs([process], timeout=LIMIT_S)
    assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
