"""Results of lessons that passed, kept by everything that they depend on.

A key is made of the lesson's code, tags, stored outputs and parameters, of the files that it finds
around it, of the packages that it runs with, and of the machine. Markdown and translations have no
part in it. What a lesson sees is no more than that (`courses.validation.world`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from platform import machine as architecture
from typing import Any, Protocol

from pydantic import ValidationError

from courses.authoring.manifest import Lesson
from courses.authoring.metadata_key import KEY
from courses.validation.job import write
from courses.validation.record import LessonResult, Outcome
from spawners.machine import Environment, Machine, SessionSize

USUAL = Path("~/.cache/aifactory-onboarding/validation")
_KEPT_S = 90 * 86400.0
"""What nobody has asked for this long is deleted."""
_TOUCHED_S = 86400.0
_DISTRIBUTIONS = (".dist-info", ".egg-info")


class Results(Protocol):
    """Where results are kept."""

    def find(self, key: str) -> LessonResult | None:
        """Return the result of that key, or None."""

    def keep(self, key: str, result: LessonResult) -> None:
        """Keep a result, if it is a pass."""

    def is_sound(self, key: str) -> bool:
        """Return whether the notebook of that key was found sound."""

    def keep_sound(self, key: str) -> None:
        """Remember that it was."""


class NoResults:
    """Keeps nothing, and finds nothing."""

    def find(self, key: str) -> LessonResult | None:  # noqa: ARG002
        """Return None."""
        return None

    def keep(self, key: str, result: LessonResult) -> None:
        """Forget it."""

    def is_sound(self, key: str) -> bool:  # noqa: ARG002
        """Return False."""
        return False

    def keep_sound(self, key: str) -> None:
        """Forget it."""


NOTHING = NoResults()


class FolderOfResults:
    """Results in a folder of this user's alone. What is damaged there is as if it were not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.expanduser()
        self._pruned = False

    def find(self, key: str) -> LessonResult | None:
        """Return the result of that key, or None."""
        path = self._path(key)
        try:
            found = LessonResult.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None
        if found.outcome is not Outcome.PASSED:
            return None
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _TOUCHED_S:
                path.touch()
        return found.model_copy(update={"cached": True})

    def keep(self, key: str, result: LessonResult) -> None:
        """Keep a result, if it is a pass: what went wrong is looked at again."""
        if result.outcome is not Outcome.PASSED:
            return
        if not self._pruned:
            self._pruned = True
            self.prune()
        # A full disk costs time, not the result.
        with contextlib.suppress(OSError):
            path = self._path(key)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(path, result)

    def is_sound(self, key: str) -> bool:
        """Return whether the notebook of that key was found sound."""
        return self._path(self._sound(key)).exists()

    def keep_sound(self, key: str) -> None:
        """Remember that it was."""
        with contextlib.suppress(OSError):
            path = self._path(self._sound(key))
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)

    @staticmethod
    def _sound(key: str) -> str:
        # What is sound is for this version of our code to say.
        return _digest([_engine(), "sound", key])

    def prune(self) -> None:
        """Delete what nobody has asked for in a long time."""
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*/*.json"):
                if time.time() - path.stat().st_mtime > _KEPT_S:
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def key_of(
    lesson: Lesson,
    notebook: Mapping[str, Any],
    files: Mapping[str, str],
    *,
    machine: Machine,
    size: SessionSize,
    lock: str,
    sanitize: str,
    fork: bool,
) -> str:
    """Return the key (64 hex digits) of a lesson's result.

    `notebook` is its JSON, `files` the SHA-256 of each file that it sees, `lock` the environment.
    """
    # The quiz of a text cell runs too; what else its metadata say has no part in a run.
    cells = [
        cell
        for cell in notebook.get("cells", ())
        if cell.get("cell_type") == "code" or KEY in cell.get("metadata", ())
    ]
    return _digest(
        [
            _engine(),
            lock,
            [machine.model_dump(mode="json"), size.name, architecture(), sys.platform],
            lesson.model_dump(mode="json", exclude={"title", "summary", "duration_minutes"}),
            notebook.get("metadata", {}),
            cells,
            dict(files),
            sanitize,
            fork,
        ]
    )


def lock_of(environment: Environment) -> str:
    """Return the digest of an environment of another machine, or nothing if it cannot be seen.

    A folder that this computer sees too, as on a login node, tells; modules and containers do not.
    """
    places = list(Path(environment.path).expanduser().glob("lib/python3*/site-packages"))
    if environment.modules or not places:
        return ""
    return environment_lock(tuple(map(str, places)))


@cache
def environment_lock(path: tuple[str, ...] = ()) -> str:
    """Return a digest of this Python and of all that is installed for it, by name and version.

    What was installed from a folder or a repository has the sums of its files in it too, since its
    version says nothing.
    """
    found: list[Any] = [sys.version]
    for place in sorted({str(Path(one).resolve()) for one in path or tuple(sys.path) if one}):
        with contextlib.suppress(OSError):
            with os.scandir(place) as entries:
                dists = sorted(e.name for e in entries if e.name.endswith(_DISTRIBUTIONS))
            found += dists
            found += [_contents(Path(place, one)) for one in dists]
    return _digest(found)


def _contents(dist: Path) -> str:
    with contextlib.suppress(OSError):
        if (dist / "direct_url.json").exists():
            return hashlib.sha256((dist / "RECORD").read_bytes()).hexdigest()
    return ""


@cache
def _engine() -> str:
    """Return a digest of our code that runs and judges lessons, or is imported by them."""
    here = Path(__file__).parent
    parts = [*here.rglob("*.py"), *here.parent.joinpath("learn").rglob("*.py")]
    parts += here.parent.joinpath("authoring").glob("*.py")
    return _digest([[path.name, path.read_text(encoding="utf-8")] for path in sorted(parts)])


def _digest(content: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
