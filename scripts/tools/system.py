"""What the scripts ask of this computer: its system, its ports, its Debian packages."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools.environment import CHECKOUT, Environment
from tools.quiet import quietly
from tools.start import OLDEST, Problem

# Jobs of other users run from it: neither in a home directory nor by a private interpreter.
SHARED = Path("/opt/aifactory-onboarding/venv")
SYSTEM_PYTHON = "/usr/bin/python3"


def is_debian(os_release: Path = Path("/etc/os-release")) -> bool:
    """Return whether this is Debian, or made from it, as Ubuntu is."""
    try:
        lines = os_release.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    names = [line.partition("=")[2] for line in lines if line.startswith(("ID=", "ID_LIKE="))]
    return "debian" in " ".join(names).replace('"', "").split()


def is_root() -> bool:
    """Return whether this runs as root."""
    return os.geteuid() == 0


def refuse_taken_ports(ports: Iterable[int]) -> None:
    """Raise Problem where something listens on one of these ports of 127.0.0.1."""
    for port in ports:
        try:
            with socket.socket() as probe:
                # As the proxy does it: a port that was closed a moment ago is free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise Problem(
                f"Port {port} is taken: stop what listens there, or choose another with --port."
            ) from None


def own_environment() -> Environment:
    """Return the environment of one user, in the checkout."""
    return Environment(CHECKOUT / ".venv", sys.executable)


def shared_environment(programs: Mapping[str, str] | None = None) -> Environment:
    """Return the environment that jobs of all users run from.

    Installs `programs` where they are missing: names, and the Debian packages that bring them.
    """
    os.umask(0o022)
    missing = sorted({package for name, package in (programs or {}).items() if not _is_here(name)})
    version = _system_python()
    if version is None:
        missing.append("python3-venv")
    _apt_install(missing)
    version = version or _system_python()
    if version is None or version < OLDEST:
        raise Problem(
            f"{SYSTEM_PYTHON} is not Python 3.11 or newer, with its venv module: "
            "use Debian 12, Ubuntu 24.04, or what came after them."
        )
    return Environment(SHARED, SYSTEM_PYTHON)


def _is_here(program: str) -> bool:
    # Debian keeps PostgreSQL's programs in a folder for each version, out of the PATH.
    databases = map(str, Path("/usr/lib/postgresql").glob("*/bin"))
    folders = (os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin", *databases)
    path = os.pathsep.join(folders)
    return shutil.which(program, path=path) is not None


def _system_python() -> tuple[int, int] | None:
    """Return the version of the system's Python, or None where it or its venv module is missing."""
    question = "import ensurepip, sys, venv; ensurepip.version; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [SYSTEM_PYTHON, "-I", "-c", question],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def _apt_install(packages: list[str]) -> None:
    if not packages:
        return
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    install = ["apt-get", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "apt.log"
        for what, arguments in (
            ("Reading the lists of Debian packages", ["apt-get", "update"]),
            (f"Installing {', '.join(packages)}", [*install, "install", *packages]),
        ):
            quietly(what, arguments, log=log, index="the Debian packages' server", env=env)
