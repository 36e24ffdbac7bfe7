"""The published courses of a site, and how a course folder stands to them. Reads, never writes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from courses.authoring.language import notebook_in
from courses.authoring.manifest import Course, Lesson, load
from courses.catalogue import RECORD, Catalogue, PublishedCourse
from courses.validation.record import ValidationRecord


@dataclass(frozen=True)
class Listed:
    """A published course, as a row of a table."""

    id: str
    version: str
    title: str
    languages: str
    validated_at: str
    machine: str


class Change(StrEnum):
    """How a lesson here differs from the published one, for a trainee."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True)
class Standing:
    """How a course folder stands to its published release. `published` is None if there is none."""

    course: Course
    published: Course | None
    lessons: tuple[tuple[str, Change], ...]
    needs_record: bool
    """Whether it has to be validated before it can be published: its content is another."""


def published(catalogue: Path) -> tuple[Listed, ...]:
    """Return the current release of each course, by title."""
    return tuple(_listed(one) for one in Catalogue(catalogue).courses())


def standing(folder: Path, catalogue: Path) -> Standing:
    """Compare a course folder, built as for trainees, with its release. Raises InvalidInput."""
    from courses.authoring.content import content_hash
    from courses.authoring.release import build

    course = load(folder)
    current = Catalogue(catalogue).course(course.id)
    if current is None:
        return Standing(course, None, tuple((one.id, Change.NEW) for one in course.lessons), True)
    with tempfile.TemporaryDirectory(prefix="onboard-status-") as scratch:
        built = Path(scratch, "built")
        build(folder, built)
        changes = tuple(_changes(built, course, current))
    stale = record_of(current).content_hash != content_hash(folder)
    return Standing(course, current.manifest, changes, stale)


def record_of(course: PublishedCourse) -> ValidationRecord:
    """Return the record that a release carries."""
    return ValidationRecord.model_validate_json((course.path / RECORD).read_bytes())


def languages_of(course: Course) -> tuple[str, ...]:
    """Return the languages of a course, its own first."""
    return (course.language, *course.languages)


def _listed(one: PublishedCourse) -> Listed:
    manifest = one.manifest
    return Listed(
        id=manifest.id,
        version=manifest.version,
        title=str(manifest.title),
        languages=", ".join(languages_of(manifest)),
        validated_at=one.validated_at,
        machine=record_of(one).machine,
    )


def _changes(built: Path, course: Course, current: PublishedCourse) -> Iterator[tuple[str, Change]]:
    for lesson in course.lessons:
        before = current.manifest.lesson(lesson.id)
        if before is None:
            yield lesson.id, Change.NEW
        else:
            same = lesson == before and _same_files(built, current.path, course, lesson)
            yield lesson.id, Change.SAME if same else Change.CHANGED
    for lesson in current.manifest.lessons:
        if course.lesson(lesson.id) is None:
            yield lesson.id, Change.GONE


def _same_files(one: Path, other: Path, course: Course, lesson: Lesson) -> bool:
    """Compare what a lesson is made of: its notebook in each language, and its data files."""
    data = [file.path for file in course.data if not file.lessons or lesson.id in file.lessons]
    notebooks = [
        notebook_in(lesson.notebook, language, course.language) for language in languages_of(course)
    ]
    return all(_content(one / path) == _content(other / path) for path in (*data, *notebooks))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
