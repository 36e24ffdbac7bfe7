"""The virtual environment that the project is installed in, and how it is kept up to date.

A stamp in it says what it was made from. What has not changed is not installed again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from tools.quiet import quietly
from tools.start import Problem

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("hub_config", "courses", "spawners")
_STAMP = "onboard-stamp.json"


@dataclass(frozen=True)
class Stamp:
    """What an environment holds, or should hold."""

    place: str
    python: str
    requirements: str
    sources: str
    extras: tuple[str, ...]


class Step(Enum):
    """How much is to be installed."""

    NOTHING = "nothing"
    SOURCES = "the project, without what it requires"
    ALL = "the project and what it requires"
    ANEW = "a new environment"


def choose(found: Stamp | None, wanted: Stamp) -> Step:
    """Return the least that turns an environment of stamp `found` into the one wanted."""
    if found is None or (found.place, found.python) != (wanted.place, wanted.python):
        return Step.ANEW
    if found.requirements != wanted.requirements or not set(wanted.extras) <= set(found.extras):
        return Step.ALL
    return Step.SOURCES if found.sources != wanted.sources else Step.NOTHING


@dataclass(frozen=True)
class Environment:
    """A virtual environment in `folder`, made by `maker`, for the project in `checkout`."""

    folder: Path
    maker: str
    checkout: Path = CHECKOUT

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def log(self) -> Path:
        """Where the output of an installation goes."""
        return self.folder / "install.log"

    def variables(self) -> dict[str, str]:
        """Return this process's variables, less those by which Python finds other packages."""
        hiding = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE")
        return {name: value for name, value in os.environ.items() if name not in hiding}

    def prepare(self, *extras: str) -> None:
        """Make it, or bring it up to date, with these extras of the project."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(self.folder):
            found = self._read_stamp()
            wanted = self._wanted(extras)
            step = choose(found, wanted)
            if step is Step.NOTHING:
                return
            if step is Step.ANEW:
                self._make()
                wanted = self._wanted(extras)
            elif found is not None:
                wanted = self._wanted((*extras, *found.extras))
            self._stamp_path.write_text("{}")  # a start that is broken off leaves no valid stamp
            self._install(step, wanted.extras)
            self._stamp_path.write_text(json.dumps(asdict(wanted)))

    def pip(self, what: str, *arguments: str, note: str = "") -> None:
        """Run `pip install` in it. Raises Problem."""
        options = ("--disable-pip-version-check", "--no-input", "--retries", "2")
        quietly(
            what,
            [str(self.python), "-I", "-m", "pip", "install", *options, *arguments],
            log=self.log,
            note=note,
            cwd=self.checkout,
        )

    def _install(self, step: Step, extras: tuple[str, ...]) -> None:
        if step is Step.SOURCES:
            # No build isolation: a changed source is installed without a network.
            flags = ("--no-deps", "--no-build-isolation", "--force-reinstall")
            self.pip("Installing what has changed", *flags, ".")
            return
        note = " (about a minute, first time only)" if step is Step.ANEW else ""
        project = f".[{','.join(extras)}]"
        requires = self._pyproject()["build-system"]["requires"]
        self.pip("Installing", project, *requires, note=note)

    def _make(self) -> None:
        if any(self.folder.iterdir()) and not self._stamp_path.exists():
            raise Problem(
                f"{self.folder} is there already, and this script did not make it: "
                "move it away, then start this again."
            )
        self._stamp_path.write_text("{}")
        for child in self.folder.iterdir():
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            elif child != self._stamp_path:
                child.unlink()
        quietly(
            "Making a virtual environment",
            [self.maker, "-m", "venv", str(self.folder)],
            log=self.log,
            timeout_s=300,
        )

    @property
    def _stamp_path(self) -> Path:
        return self.folder / _STAMP

    def _read_stamp(self) -> Stamp | None:
        try:
            found = json.loads(self._stamp_path.read_text())
            return Stamp(**{**found, "extras": tuple(found["extras"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def _wanted(self, extras: tuple[str, ...]) -> Stamp:
        return Stamp(
            place=str(self.folder),
            python=self._python_version(),
            requirements=self._requirements(),
            sources=_digest(self.checkout, self._sources()),
            extras=tuple(sorted(set(extras))),
        )

    def _python_version(self) -> str:
        # Asked each time: an upgrade of the system can take the interpreter away.
        question = "import sys; print('%d.%d' % sys.version_info[:2])"
        try:
            answer = subprocess.run(
                [str(self.python), "-I", "-c", question],
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return answer.stdout.strip()

    def _requirements(self) -> str:
        # Not the whole file: how the project is linted has no part in how it is installed.
        tables = {name: self._pyproject().get(name) for name in ("project", "build-system")}
        return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()

    def _sources(self) -> Iterator[Path]:
        yield self.checkout / "pyproject.toml"
        for package in PACKAGES:
            for path in (self.checkout / package).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path

    def _pyproject(self) -> dict[str, dict[str, list[str]]]:
        return tomllib.loads((self.checkout / "pyproject.toml").read_text(encoding="utf-8"))


def _digest(root: Path, paths: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)}\0{content}\n".encode())
    return digest.hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, so that two starts at the same time do not install into each other."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another installation to end ...", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
