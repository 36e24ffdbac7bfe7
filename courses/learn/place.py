"""Where a lesson runs: its course's folder in the trainee's workspace, and what that says of it.

A course of a workspace is known by the file that remembers its release. An author's own folder,
and the one that validation runs in, have none: there nothing is written.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MEMORY = ".onboard-release.json"
_HIDDEN = ".onboard"
_TRANSLATION = re.compile(r"\.[a-z]{2,3}(?=\.ipynb$)")


@dataclass(frozen=True)
class Place:
    """The course and lesson of a kernel; what nobody knows is empty, or None."""

    folder: Path | None = None
    """The course's folder in the workspace; None outside of one."""
    course: str = ""
    release: str = ""
    lesson: str = ""
    language: str = ""
    """What the course is written in."""

    @property
    def states(self) -> Path | None:
        """The file with the states of the course's exercises."""
        return self.folder / _HIDDEN / "state.json" if self.folder else None

    @property
    def outbox(self) -> Path | None:
        """The workspace's folder of events: one for all its courses."""
        return self.folder.parent / _HIDDEN / "outbox" if self.folder else None


def find_place(start: Path, env: Mapping[str, str]) -> Place:
    """Return what the folder of a notebook, or one above it, says of its lesson."""
    folder = next((one for one in (start, *start.parents) if (one / _MEMORY).is_file()), None)
    if folder is None:
        return Place()
    # The server says which notebook a kernel is for; the kernel starts in the notebook's folder.
    name = Path(env.get("JPY_SESSION_NAME", "")).name
    notebook = (start / name).relative_to(folder).as_posix()
    manifest = _manifest(folder)
    return Place(
        folder=folder,
        course=str(manifest.get("id") or folder.name),
        release=_release(folder, notebook),
        lesson=_lesson(manifest, notebook),
        language=str(manifest.get("language") or ""),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / "course.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _release(folder: Path, notebook: str) -> str:
    try:
        releases = json.loads((folder / _MEMORY).read_text(encoding="utf-8"))["files"]
        return str(releases.get(notebook) or releases.get("course.toml") or "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def _lesson(manifest: Mapping[str, Any], notebook: str) -> str:
    names = {notebook, _TRANSLATION.sub("", notebook)}
    lessons = manifest.get("lessons")
    for one in lessons if isinstance(lessons, list) else ():
        if isinstance(one, dict) and one.get("notebook") in names:
            return str(one.get("id") or "")
    return ""
