"""A lesson of the catalogue in a trainee's workspace: found, brought, begun again. No pages.

A Jupyter server loads this with each session: what does the work is brought when it is needed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courses.authoring.manifest import Lesson
    from courses.catalogue import PublishedCourse
    from courses.workspace import Wishes


def published(
    catalogue: str, course_id: str, lesson_id: str
) -> tuple[PublishedCourse, Lesson] | None:
    """Return a course's current release, and the lesson in it; None if there is no such lesson.

    Raises InvalidInput for a session without a catalogue.
    """
    from courses.catalogue import Catalogue
    from spawners.errors import InvalidInput

    if not catalogue:
        raise InvalidInput(
            "This session does not know where the courses are.",
            hint="The site's operators set ONBOARD_CATALOGUE for every session.",
        )
    course = Catalogue(Path(catalogue)).course(course_id)
    lesson = course.manifest.lesson(lesson_id) if course else None
    return (course, lesson) if course and lesson else None


def opened(
    catalogue: str,
    workspace_root: Path,
    course_id: str,
    lesson_id: str,
    wishes: Wishes | None = None,
) -> str | None:
    """Bring the course and return the lesson's notebook, as a path in the workspace.

    It is the one in the language wished for, else in the one that the course is written in.
    None if the catalogue has no such lesson. Raises OnboardError.
    """
    from courses.lesson_language import in_other_languages, notebook_for
    from courses.workspace import Wishes, bring

    found = published(catalogue, course_id, lesson_id)
    if found is None:
        return None
    course, lesson = found
    wishes = wishes or Wishes()
    others = in_other_languages(course, wishes.language)
    wishes = replace(wishes, skip=lambda file: file.as_posix() in others)
    folder = bring(course.path, workspace_root, course_id, wishes)
    return f"{folder.name}/{notebook_for(course, lesson, wishes.language)}"


def in_workspace(
    catalogue: str, workspace_root: Path, course_id: str, lesson_id: str, language: str
) -> str | None:
    """Return the lesson's notebook if an earlier opening has brought it, as `opened` does."""
    from courses.lesson_language import notebook_for

    found = published(catalogue, course_id, lesson_id) if catalogue else None
    if found is None:
        return None
    notebook = f"{course_id}/{notebook_for(*found, language)}"
    return notebook if (workspace_root / notebook).is_file() else None
