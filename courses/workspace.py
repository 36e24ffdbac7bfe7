"""A release into a trainee's own folder, and upgrades that lose nothing.

`<workspace root>/<course id>/` holds the trainee's copies. What they changed there is theirs:
`courses.upgrades` decides what becomes of each file and of each cell of a notebook, and makes it
happen at once, or not at all.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from courses.authoring.sums import OWN_FILES
from courses.file_system import sync
from courses.unwritable import why
from courses.upgrades import first, notices, swaps
from courses.upgrades.files import Upgrade, Wishes
from courses.upgrades.locking import BusyError, alone, lock_of
from courses.upgrades.memory import HIDDEN, MEMORY, base_copy, remembered
from courses.upgrades.names import marked
from courses.upgrades.notices import Matter, Notice
from spawners.errors import OnboardError
from spawners.words import later

__all__ = ["MEMORY", "Matter", "Notice", "Wishes", "WorkspaceError", "bring", "reset"]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PLAIN = Wishes()


class WorkspaceError(OnboardError):
    """A course cannot be brought into a workspace; what was there is as it was."""


def bring(release: Path, workspace_root: Path, course_id: str, wishes: Wishes = _PLAIN) -> Path:
    """Bring the release into the workspace, and return the course's folder.

    Files that are not there are added: a trainee who deletes a file gets it back as it was
    published. Those of an older release are upgraded; what the trainee changed in them stays.
    Raises WorkspaceError: then what was there is as it was.
    """
    release = release.resolve()
    course = _course(workspace_root, course_id)
    files = _files(release)
    with _said_in_words(release):
        workspace_root.mkdir(mode=0o700, parents=True, exist_ok=True)
        first.sweep(course)
        wanted = [file for file in files if not wishes.skip(file)]
        if not os.path.lexists(course) and first.bring_all(release, wanted, course):
            return course
        _refuse_strange(workspace_root, course)
        if _has_news(release, files, course, wishes):
            _upgrade(release, files, course, wishes)
    return course


def reset(
    release: Path,
    workspace_root: Path,
    course_id: str,
    notebook: str,
    now: datetime | None = None,
) -> Path | None:
    """Put a notebook back as it was published, and keep the trainee's under a dated name.

    `notebook` is a path in the release. Returns where the trainee's is now, or None if there was
    nothing of theirs. Raises WorkspaceError, also for a notebook that the release has not.
    """
    release = release.resolve()
    course = _course(workspace_root, course_id)
    files = _files(release)
    if Path(notebook) not in files:
        raise WorkspaceError(f"The course has no {notebook}.", hint="Name a lesson's notebook.")
    if not os.path.lexists(course / notebook):
        bring(release, workspace_root, course_id)
        return None
    with _said_in_words(release):
        _refuse_strange(workspace_root, course)
        with alone(course):
            return _reset(release, course, notebook, now or datetime.now().astimezone())


def _reset(release: Path, course: Path, notebook: str, now: datetime) -> Path | None:
    swaps.complete(course, _PLAIN.is_open)
    with swaps.drafted(course) as draft:
        swap = Upgrade(release, course, remembered(course), draft, _PLAIN).fresh(notebook)
        if swap is None:
            raise WorkspaceError(
                f"{course / notebook} is not a file of your workspace.",
                hint="Rename it, then open the lesson again: you get a new one.",
            )
        if swap.was == swap.new:
            return None
        # Only once the new one is written: with a full disk everything is as it was.
        kept = _second_name(course / notebook, now)
        swaps.commit(course, draft, [swap])
    swaps.complete(course, _PLAIN.is_open)
    return kept


def _second_name(notebook: Path, now: datetime) -> Path:
    """Give the file another name, which nothing has yet."""
    for number in count(1):
        again = f"-{number}" if number > 1 else ""
        kept = marked(notebook, f".{now:%Y-%m-%d-%H%M%S}{again}")
        try:
            _linked_or_copied(notebook, kept)
        except FileExistsError:
            continue
        break
    return kept


def _linked_or_copied(file: Path, other: Path) -> None:
    try:
        os.link(file, other)
    except OSError as error:
        if error.errno not in swaps.NO_LINKS:
            raise
        with file.open("rb") as source, other.open("xb") as out:
            shutil.copyfileobj(source, out)
        sync(other)


def _course(workspace_root: Path, course_id: str) -> Path:
    if not _SLUG.fullmatch(course_id):
        raise WorkspaceError(
            f"{course_id!a} is no course.",
            hint="A course's id is lowercase letters, digits and single hyphens.",
        )
    return workspace_root / course_id


def _files(release: Path) -> list[Path]:
    """Return what a trainee gets, as paths inside the release: no record, nothing hidden."""
    found = []
    for path in sorted(release.rglob("*")):
        inside = path.relative_to(release)
        if str(inside) in OWN_FILES or any(part.startswith(".") for part in inside.parts):
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


def _has_news(release: Path, files: list[Path], course: Path, wishes: Wishes) -> bool:
    """Whether there may be something to do: most openings of a lesson have nothing."""
    known = remembered(course).files
    if swaps.is_pending(course) or (wishes.tell and notices.are_untold(course)):
        return True
    return any(
        known.get(str(file)) != release.name
        if os.path.lexists(course / file)
        else not wishes.skip(file)
        for file in files
    )


def _upgrade(release: Path, files: list[Path], course: Path, wishes: Wishes) -> None:
    with alone(course):
        swaps.complete(course, wishes.is_open)
        with swaps.drafted(course) as draft:
            upgrade = Upgrade(release, course, remembered(course), draft, wishes)
            wanted = [swap for file in files if (swap := upgrade.swap(file))]
            if wanted:
                swaps.commit(course, draft, wanted)
        swaps.complete(course, wishes.is_open)
        if wishes.tell:
            notices.tell_all(course, wishes.tell)


def _refuse_strange(workspace_root: Path, course: Path) -> None:
    """Raise WorkspaceError where what we keep for ourselves is a link, a pipe, or the like."""
    for folder in (course, course / HIDDEN, base_copy(course, "")):
        if folder.is_symlink() or not (folder.is_dir() or _is_missing(folder)):
            raise WorkspaceError(
                f"{folder} is not a folder of your workspace.",
                hint=f"Rename it, then open the lesson again: {workspace_root} gets a new folder.",
            )
    for file in (course / MEMORY, lock_of(course)):
        if file.is_symlink() or not (file.is_file() or _is_missing(file)):
            raise WorkspaceError(
                f"{file} is not a file of your workspace.",
                hint="Rename it, then open the lesson again: you get a new one.",
            )


def _is_missing(path: Path) -> bool:
    return not os.path.lexists(path)


@contextmanager
def _said_in_words(release: Path) -> Iterator[None]:
    try:
        yield
    except BusyError:
        raise WorkspaceError(
            later("The course is being opened somewhere else, and that takes long."),
            hint=later("Wait a minute, then try again."),
        ) from None
    except OSError as error:
        reason = why(error, release)
        raise WorkspaceError(reason.message, hint=reason.hint) from error
