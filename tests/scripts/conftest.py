"""Copies of the scripts with a stand-in for the project, which installs in seconds."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("project")

_UNWANTED = shutil.ignore_patterns("__pycache__")


@dataclass(frozen=True)
class Copy:
    """A checkout of its own, on whose scripts a test may act."""

    folder: Path
    environment: Mapping[str, str]

    def start(
        self, *arguments: str, python: str = sys.executable, **changes: str
    ) -> subprocess.Popen[str]:
        """Start scripts/up. Changes are to environment variables."""
        return subprocess.Popen(
            [python, str(self.folder / "scripts" / "up"), *arguments],
            env={**self.environment, **changes},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def up(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/up to its end."""
        process = self.start(*arguments, **changes)
        output, errors = process.communicate(timeout=280)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    @property
    def venv(self) -> Path:
        """Where scripts/up makes its environment."""
        return self.folder / ".venv"


@pytest.fixture
def copy() -> Iterator[Copy]:
    """A fresh checkout in a folder with a space in its name, and an empty home."""
    with tempfile.TemporaryDirectory(prefix="onboard test ") as root:
        folder = Path(root) / "check out"
        shutil.copytree(STAND_IN, folder, ignore=_UNWANTED)
        shutil.copytree(CHECKOUT / "scripts", folder / "scripts", ignore=_UNWANTED)
        home = Path(root) / "home"
        home.mkdir()
        # Another user's process may have to read it.
        Path(root).chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ONBOARD")}
        yield Copy(folder, {**kept, "HOME": str(home)})


@pytest.fixture
def free_port() -> int:
    """The first of five ports that are free just now."""
    for port in range(21000 + os.getpid() % 1000 * 8, 60000, 4):
        probes = [socket.socket() for _ in range(5)]
        try:
            for offset, probe in enumerate(probes):
                probe.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
        return port
    raise AssertionError("no five ports in a row are free")
