"""A PostgreSQL server of the tests' own: in a folder of its own, on a socket, gone at the end."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

USER = "postgres"
_LIMIT_S = 60


@dataclass
class Server:
    """A server that runs."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_database(self) -> str:
        """Make an empty database; return its URL."""
        name = f"learning{next(self._numbers)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user={USER}"


def programs() -> Path | None:
    """Return the folder of the server's programs, which Debian keeps out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    here = shutil.which("initdb")
    return Path(here).parent if here else None


def lacking() -> str:
    """Return why there can be no server here, or nothing."""
    if programs() is None:
        return "needs PostgreSQL (Debian's package postgresql): scripts/test installs it"
    if os.geteuid() == 0 and not _is_user(USER):
        return f"needs the system user {USER}: PostgreSQL does not run as root"
    return ""


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Run a server. One that is not `durable` does not wait for the disk."""
    # Not pytest's folder: the server's user cannot enter it, and a socket's path is short.
    with tempfile.TemporaryDirectory(prefix="onboard-pg-") as name:
        folder, data = Path(name), Path(name) / "data"
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        _run("initdb", "-D", str(data), "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -k {folder} -c fsync={'on' if durable else 'off'}"
        _run("pg_ctl", "-D", str(data), "-o", options, "-l", f"{name}/log", "-w", "start")
        try:
            yield Server(folder)
        finally:
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")


def _run(program: str, *arguments: str) -> None:
    folder = programs()
    assert folder is not None, lacking()
    subprocess.run(
        [str(folder / program), *arguments],
        user=USER if os.geteuid() == 0 else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server runs
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        timeout=_LIMIT_S,
        check=True,
    )


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
