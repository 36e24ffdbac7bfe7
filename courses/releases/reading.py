"""A course as trainees get it: read to the last byte once, and then watched for changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from courses.authoring import manifest
from courses.authoring.sums import Snapshot, snapshot
from courses.releases.proof import Proof, prove
from spawners.errors import InvalidInput, OnboardError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishedCourse:
    """A course as trainees get it. `path` is the release itself: it stays as it is."""

    manifest: manifest.Course
    path: Path
    release: str
    validated_at: str

    @classmethod
    def of(cls, proof: Proof, path: Path) -> Self:
        """Return the course of a release that was proven."""
        return cls(proof.course, path, path.name, proof.record.validated_at)


def readable(release: Path, course_id: str) -> PublishedCourse | None:
    """Return a release's course; one that is not whole, or another's, is logged and None.

    A process reads all of a release once. After that it asks for each file's size, times and mode,
    and reads again what was touched: nobody can set back the time at which a file was changed.
    """
    try:
        found = _verified(release, course_id, snapshot(release))
    except OSError as error:
        _log.warning("%s: damaged, left out of the catalogue: %s", release, error)
        return None
    return None if isinstance(found, OnboardError) else found


def require_same(proof: Proof, course_id: str, version: str) -> None:
    """Raise InvalidInput for a release that lies in another's place."""
    if (proof.course.id, proof.course.version) != (course_id, version):
        raise InvalidInput(
            f"This release of {course_id} {version} is {proof.course.id} {proof.course.version}.",
            hint="Publish the course again.",
        )


@lru_cache(maxsize=512)
def _verified(
    release: Path, course_id: str, _as_it_was: Snapshot
) -> PublishedCourse | OnboardError:
    """Read all of a release, once for each state of its files; a refusal is remembered, too."""
    try:
        proof = prove(release)
        require_same(proof, course_id, proof.course.version)
    except OnboardError as error:
        _log.warning("%s: damaged, left out of the catalogue: %s", release, error)
        return error
    return PublishedCourse.of(proof, release)
