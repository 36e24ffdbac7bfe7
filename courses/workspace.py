"""A release into a trainee's own folder. What the trainee has there is never touched.

`<workspace root>/<course id>/` holds the trainee's copies. A hidden file remembers which release
each of them came from: a later upgrade needs that to tell the trainee's changes from ours.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from courses.authoring.sums import OWN_FILES
from spawners.errors import OnboardError

MEMORY = ".onboard-release.json"
"""Per course: `{"files": {"path": "release it came from"}}`."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class WorkspaceError(OnboardError):
    """A course cannot be brought into a workspace; what was there is as it was."""


def bring(release: Path, workspace_root: Path, course_id: str) -> Path:
    """Copy the release into the workspace where it is missing, and return the course's folder.

    Adds the files that are not there, and leaves alone every file that is: a trainee who deletes a
    file gets it back as it was published. Raises WorkspaceError.
    """
    if not _SLUG.fullmatch(course_id):
        raise WorkspaceError(
            f"{course_id!a} is no course.",
            hint="A course's id is lowercase letters, digits and single hyphens.",
        )
    release = release.resolve()
    files = _files(release)
    course = workspace_root / course_id
    with _said_in_words(workspace_root):
        workspace_root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.path.lexists(course) and _bring_all(release, files, course):
            return course
        _refuse_links(workspace_root, course)
        _bring_missing(release, files, course)
    return course


def _files(release: Path) -> list[Path]:
    """Return what a trainee gets, as paths inside the release: not its own, nothing hidden."""
    found = []
    for path in sorted(release.rglob("*")):
        inside = path.relative_to(release)
        if inside.as_posix() in OWN_FILES or any(part.startswith(".") for part in inside.parts):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise WorkspaceError(
                f"{path} is neither a file nor a folder.",
                hint="Ask the site's operators to publish the course again.",
            )
        if path.is_file():
            found.append(inside)
    if not found:
        raise WorkspaceError(
            f"The release {release} is empty or not there.",
            hint="Ask the site's operators to publish the course again.",
        )
    return found


def _bring_all(release: Path, files: list[Path], course: Path) -> bool:
    """Copy into a hidden folder and rename: all of it or nothing. False if somebody was faster."""
    draft = Path(tempfile.mkdtemp(prefix=f".{course.name}-", dir=course.parent))
    try:
        for file in files:
            (draft / file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copy(release / file, draft / file)
        _remember(draft, {str(file): release.name for file in files})
        draft.rename(course)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True


def _bring_missing(release: Path, files: list[Path], course: Path) -> None:
    missing = [file for file in files if not os.path.lexists(course / file)]
    added = {}
    for file in missing:
        if _is_below_a_link(course, file):
            continue  # the trainee moved this folder elsewhere: it is theirs
        (course / file).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _copy_new(release / file, course / file):
            added[str(file)] = release.name
    if added:
        _remember(course, {**_remembered(course), **added})


def _refuse_links(workspace_root: Path, course: Path) -> None:
    if course.is_symlink() or not course.is_dir():
        raise WorkspaceError(
            f"{course} is not a folder of your workspace.",
            hint=f"Rename it, then open the lesson again: {workspace_root} gets a new folder.",
        )


def _is_below_a_link(course: Path, file: Path) -> bool:
    return any((course / parent).is_symlink() for parent in file.parents)


def _copy_new(source: Path, target: Path) -> bool:
    """Copy without ever replacing: a hard link, unlike a rename, fails where a file is."""
    handle, draft = tempfile.mkstemp(prefix=".bringing-", dir=target.parent)
    os.close(handle)
    try:
        _copy(source, Path(draft))
        os.link(draft, target)
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink()
    return True


def _copy(source: Path, target: Path) -> None:
    # Releases are read-only; a trainee's copy is not, and is the trainee's alone.
    shutil.copyfile(source, target)
    target.chmod(0o700 if os.access(source, os.X_OK) else 0o600)


def _remember(course: Path, files: dict[str, str]) -> None:
    handle, draft = tempfile.mkstemp(prefix=".bringing-", dir=course)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump({"files": files}, out, indent=1, sort_keys=True)
        Path(draft).replace(course / MEMORY)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _remembered(course: Path) -> dict[str, str]:
    try:
        files = json.loads((course / MEMORY).read_text(encoding="utf-8"))["files"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}  # lost or broken: what we add from here on is remembered again
    return dict(files) if isinstance(files, dict) else {}


@contextmanager
def _said_in_words(workspace_root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise WorkspaceError(
                f"There is no room left in {workspace_root}.",
                hint="Delete what you no longer need, or ask for a larger quota; then try again.",
            ) from error
        raise WorkspaceError(
            f"The course cannot be put into {workspace_root}: {error.strerror or error}.",
            hint="Tell the site's operators.",
        ) from error
