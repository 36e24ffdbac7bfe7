"""The published releases of a site: read, publish; atomic, with any number of readers.

    <catalogue>/<course id>/<version>-<first 12 of the content hash>/    a release; never changed
    <catalogue>/<course id>/current -> one of them

Everything in it may be read by every trainee.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from courses.authoring import manifest
from courses.validation.record import Outcome, ValidationRecord
from spawners.errors import InvalidInput, OnboardError

RECORD = "record.json"
CURRENT = "current"
LOCK = ".lock"

_log = logging.getLogger(__name__)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class PublishedCourse:
    """A course as trainees get it. `path` is the release itself: it stays as it is."""

    manifest: manifest.Course
    path: Path
    release: str
    validated_at: str


class Catalogue:
    """The published courses in one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def courses(self) -> tuple[PublishedCourse, ...]:
        """Return every course that can be read, by title; one that cannot is logged, left out."""
        try:
            names = sorted(entry.name for entry in self.path.iterdir())
        except FileNotFoundError:
            return ()
        found = [course for name in names if (course := self.course(name)) is not None]
        return tuple(sorted(found, key=lambda course: str(course.manifest.title).casefold()))

    def course(self, course_id: str) -> PublishedCourse | None:
        """Return the current release of a course, or None. The id may come from a browser."""
        if not _SLUG.fullmatch(course_id):
            return None
        current = self.path / course_id / CURRENT
        try:
            # The link is followed once: the rest is read from one and the same release.
            return _read(current.parent / current.readlink().name, course_id)
        except (OSError, ValueError, OnboardError) as error:
            if os.path.lexists(current):
                _log.warning("%s: damaged, left out of the catalogue: %s", current, error)
            return None

    def publish(self, built_folder: Path, record: ValidationRecord) -> PublishedCourse:
        """Make the built folder the current release of its course, in one step for all readers.

        Raises InvalidInput if the record does not say that this course passed.
        """
        course = manifest.load(built_folder)
        _require_pass(course, record)
        home = self.path / course.id
        release = home / f"{course.version}-{record.content_hash[:12]}"
        try:
            _make_public_folders(home)
            with _alone(self.path):
                if _damaged(release, course.id):
                    _bring_in(built_folder, record, release)
                _point(home / CURRENT, release.name)
                return _read(release, course.id)
        except OSError as error:
            raise InvalidInput(
                f"{home}: cannot be written: {error.strerror}.",
                hint="Make room, or mend the folder's mode; what was published is as it was.",
            ) from None


def _read(release: Path, course_id: str) -> PublishedCourse:
    course = manifest.load(release)
    try:
        record = ValidationRecord.model_validate_json((release / RECORD).read_bytes())
    except ValidationError as error:
        raise InvalidInput(
            f"{release / RECORD}: {error}", hint="Publish the course again."
        ) from None
    if course.id != course_id:
        raise InvalidInput(f"{release}: is course {course.id}.", hint="Publish the course again.")
    for lesson in course.lessons:
        if not (release / lesson.notebook).is_file():
            raise InvalidInput(
                f"{release}: {lesson.notebook} is missing.", hint="Publish the course again."
            )
    return PublishedCourse(course, release, release.name, record.validated_at)


def _require_pass(course: manifest.Course, record: ValidationRecord) -> None:
    if (record.course, record.version) != (course.id, course.version):
        raise InvalidInput(
            f"The validation record is for {record.course} {record.version}, "
            f"not for {course.id} {course.version}.",
            hint="Check the course again.",
        )
    passed = {one.lesson for one in record.lessons if one.outcome is Outcome.PASSED}
    if record.outcome is not Outcome.PASSED or passed != {one.id for one in course.lessons}:
        raise InvalidInput(
            f"{course.id} {course.version} is not published: its record says "
            f"{record.outcome.value}, with {len(passed)} of {len(course.lessons)} lessons passed.",
            hint="A course is published when every lesson of it has passed.",
        )


def _damaged(release: Path, course_id: str) -> bool:
    if not release.exists():
        return True
    try:
        _read(release, course_id)
    except (OSError, OnboardError):
        return True
    return False


def _bring_in(built_folder: Path, record: ValidationRecord, release: Path) -> None:
    """Copy beside the release's place, and rename: it is there with all its files or not at all."""
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=release.parent))
    try:
        content = draft / "content"
        shutil.copytree(built_folder, content)
        (content / RECORD).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
        _make_public(content)
        with contextlib.suppress(FileNotFoundError):
            release.rename(draft / "damaged")
        content.rename(release)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _point(link: Path, target: str) -> None:
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=link.parent))
    try:
        (draft / CURRENT).symlink_to(target)
        (draft / CURRENT).replace(link)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make_public_folders(home: Path) -> None:
    home.parent.parent.mkdir(parents=True, exist_ok=True)
    for folder in (home.parent, home):
        # Another publisher may make it at this moment; a folder that was there keeps its mode.
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o755)


@contextlib.contextmanager
def _alone(catalogue: Path) -> Iterator[None]:
    """Let one publisher in at a time: to mend a release is to move it aside, then to replace it."""
    with (catalogue / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_public(folder: Path) -> None:
    # Set outright: the publisher's umask is not the trainees' business.
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
