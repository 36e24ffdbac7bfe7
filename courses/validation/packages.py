"""What a lesson needs of the environment that it runs in: packages that can be imported."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from courses.authoring.manifest import Lesson
from courses.validation.job import not_validated
from courses.validation.record import LessonResult


def lacking(lesson: Lesson) -> LessonResult | None:
    """Return the result of a lesson that this environment lacks packages for; None if it has all.

    Ask in the environment that the lesson runs in: a node's may be another than the caller's.
    """
    missing = [one for one in lesson.needs.packages if find_spec(one) is None]
    if not missing:
        return None
    return not_validated(
        lesson, f"It needs {' and '.join(missing)}, which the environment {sys.prefix} lacks."
    )
