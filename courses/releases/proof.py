"""A whole release: files as its sums say, a record that says all of it passed, one content.

<release>/...            the trainee version of the course
<release>/sums.json      each file's SHA-256, signed by whoever built it
<release>/record.json    the validation record, signed by whoever ran it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from courses.authoring import manifest, sums
from courses.authoring.sums import MOST_BYTES, RECORD, SUMS, Sums
from courses.validation.record import Outcome, ValidationRecord
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Vouch = Callable[[ValidationRecord | Sums, str], None]
"""Raises InvalidInput unless somebody who is trusted signed it: `signing.Trust.require`."""


@dataclass(frozen=True)
class Proof:
    """What a release folder was found to hold."""

    course: manifest.Course
    record: ValidationRecord
    sums: Sums

    @property
    def name(self) -> str:
        """What the release's folder is called in the catalogue."""
        return f"{self.course.version}-{self.sums.content_hash[:12]}"


def seal(
    built_folder: Path,
    content_hash: str,
    record: ValidationRecord,
    key: Ed25519PrivateKey | None = None,
) -> None:
    """Make a built folder a release: add the record as it is, and sums signed with `key`.

    `content_hash` is that of the source that was built; without `key` it is one's own.
    """
    from courses.validation.signing import signed  # only who publishes has its packages

    text = (record.model_dump_json(indent=2) + "\n").encode()
    require_fits(text, f"{record.course} {record.version}")
    (built_folder / RECORD).write_bytes(text)
    sums.save(built_folder, signed(sums.write(built_folder, content_hash), key))


def require_fits(record: bytes, name: str) -> None:
    """Raise InvalidInput for a validation record that no release may hold."""
    if len(record) > MOST_BYTES:
        raise InvalidInput(
            f"{name}: the validation record is larger than {MOST_BYTES // 1024**2} MiB.",
            hint="The record of a course that passed is small: check the course again.",
        )


def prove(release: Path, vouch: Vouch | None = None) -> Proof:
    """Read a release, every byte of it. Raises InvalidInput with the first thing that is wrong.

    With `vouch`, its sums and its record must be signed by somebody trusted, too.
    """
    # In this order: what nobody vouches for is read no further.
    if vouch:
        vouch(sums.read(release), f"{release / SUMS}")
    found = sums.verify(release)
    record = _record(release / RECORD)
    if vouch:
        vouch(record, f"{release / RECORD}")
    course = manifest.load(release)
    _require_notebooks(release, course)
    _require_pass(course, record, found)
    return Proof(course, record, found)


def _record(path: Path) -> ValidationRecord:
    try:
        return ValidationRecord.model_validate_json(sums.read_small(path))
    except ValidationError as error:
        raise InvalidInput(f"{path}: {error}", hint="Publish the course again.") from None


def _require_notebooks(release: Path, course: manifest.Course) -> None:
    for lesson in course.lessons:
        if not (release / lesson.notebook).is_file():
            raise InvalidInput(
                f"{release}: {lesson.notebook} is missing.", hint="Publish the course again."
            )


def _require_pass(course: manifest.Course, record: ValidationRecord, found: Sums) -> None:
    if (record.course, record.version) != (course.id, course.version):
        raise InvalidInput(
            f"The validation record is for {record.course} {record.version}, "
            f"not for {course.id} {course.version}.",
            hint="Check the course again.",
        )
    if record.content_hash != found.content_hash:
        raise InvalidInput(
            f"{course.id} {course.version}: the validation record is for other content.",
            hint="The course has changed since: check it again.",
        )
    passed = Counter(one.lesson for one in record.lessons if one.outcome is Outcome.PASSED)
    all_passed = passed.total() == len(record.lessons) and record.outcome is Outcome.PASSED
    if not all_passed or passed != Counter(one.id for one in course.lessons):
        raise InvalidInput(
            f"{course.id} {course.version} is not published: its record says "
            f"{record.outcome.value}, with {len(passed)} of {len(course.lessons)} lessons passed.",
            hint="A course is published when every lesson of it has passed.",
        )
