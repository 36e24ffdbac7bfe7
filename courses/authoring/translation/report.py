"""How far a course's translations are. Reads the course; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from courses.authoring.language import State, TranslationProblem, TranslationReport, targets
from courses.authoring.manifest import MANIFEST, Course
from courses.authoring.text import Summary, Title
from courses.authoring.translation import po
from courses.authoring.translation.merge import Entry, Merged, merge
from courses.authoring.translation.passages import Passage, cell_of, passages


def reports(folder: Path, course: Course) -> tuple[TranslationReport, ...]:
    """Say for each language of the course how it stands. Raises InvalidInput."""
    texts = passages(folder, course)
    return tuple(
        report(course, language, merged_from(folder, language, texts))
        for language in targets(course)
    )


def problems(folder: Path, course: Course) -> tuple[TranslationProblem, ...]:
    """Return what is stale, missing or a misfit in the course's languages. Raises InvalidInput."""
    return tuple(problem for one in reports(folder, course) for problem in one.problems)


def merged_from(folder: Path, language: str, texts: tuple[Passage, ...]) -> Merged:
    """Return the translations into one language, merged with the course's texts of today."""
    file = po.read(po.path_of(folder, language))
    return merge(texts, file.known, file.obsolete)


def report(course: Course, language: str, merged: Merged) -> TranslationReport:
    """Say how one language stands. Pure."""
    open_ = [one for one in merged.entries if one.state is not State.TRANSLATED]
    return TranslationReport(
        language=language,
        translated=len(merged.entries) - len(open_),
        problems=(
            *_of_manifest(course, language),
            *(_of_entry(language, one) for one in open_),
        ),
        obsolete=tuple(_of_obsolete(course, language, merged)),
    )


def _of_entry(language: str, one: Entry) -> TranslationProblem:
    return TranslationProblem(
        language=language,
        lesson=one.passage.lesson,
        notebook=one.passage.notebook,
        cell=one.passage.cell,
        line=one.passage.line,
        kind=one.state,
        text=one.passage.text,
    )


def _of_manifest(course: Course, language: str) -> Iterator[TranslationProblem]:
    texts: list[tuple[str, str, Title | Summary]] = [
        ("", "title", course.title),
        ("", "summary", course.summary),
    ]
    for lesson in course.lessons:
        texts += [(lesson.id, "title", lesson.title), (lesson.id, "summary", lesson.summary)]
    for lesson_id, key, text in texts:
        if language not in text.languages:
            yield TranslationProblem(
                language=language,
                lesson=lesson_id,
                notebook=MANIFEST,
                cell=key,
                line=1,
                kind=State.MISSING,
                text=str(text),
            )


def _of_obsolete(course: Course, language: str, merged: Merged) -> Iterator[TranslationProblem]:
    for one in merged.obsolete:
        lesson_id, cell_id = cell_of(one.context)
        lesson = course.lesson(lesson_id)
        yield TranslationProblem(
            language=language,
            lesson=lesson_id,
            notebook=lesson.notebook if lesson else "",
            cell=cell_id,
            line=_line(merged, one.context),
            kind=State.OBSOLETE,
            text=one.text,
        )


def _line(merged: Merged, context: str) -> int:
    """Return where the cell of an obsolete text is, or 1 where it is gone with its text."""
    lines = (
        one.passage.line
        for one in merged.entries
        if (one.passage.lesson, one.passage.cell) == cell_of(context)
    )
    return next(lines, 1)
