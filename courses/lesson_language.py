"""Which notebook of a lesson a trainee gets: the one in their language, where there is one."""

from __future__ import annotations

from courses.authoring.language import notebook_in
from courses.authoring.manifest import Lesson
from courses.catalogue import PublishedCourse


def notebook_for(course: PublishedCourse, lesson: Lesson, language: str) -> str:
    """Return the lesson's notebook, as a path in the release."""
    if language not in course.manifest.languages:
        return lesson.notebook
    translated = notebook_in(lesson.notebook, language, course.manifest.language)
    return translated if (course.path / translated).is_file() else lesson.notebook


def in_other_languages(course: PublishedCourse, language: str) -> frozenset[str]:
    """Return the lessons' notebooks that a trainee who reads `language` has no use for."""
    manifest = course.manifest
    spoken = (manifest.language, *manifest.languages)
    every = {
        notebook_in(lesson.notebook, one, manifest.language)
        for lesson in manifest.lessons
        for one in spoken
    }
    return frozenset(every - {notebook_for(course, one, language) for one in manifest.lessons})
