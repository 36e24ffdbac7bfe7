"""A validation record as a course gets it when every lesson of it has passed."""

from courses.authoring import manifest
from courses.validation.record import LessonResult, Outcome, ValidationRecord


def passing_record(course: manifest.Course) -> ValidationRecord:
    return ValidationRecord(
        course=course.id,
        version=course.version,
        content_hash="a" * 64,
        machine="local",
        started_at="2026-11-23T10:00:00+00:00",
        validated_at="2026-11-23T10:01:00+00:00",
        seconds=60,
        outcome=Outcome.PASSED,
        lessons=tuple(
            LessonResult(lesson=one.id, notebook=one.notebook, outcome=Outcome.PASSED)
            for one in course.lessons
        ),
    )
