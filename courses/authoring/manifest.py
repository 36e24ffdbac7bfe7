"""course.toml: what a course is called, who wrote it, what each lesson needs."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from courses.authoring.manifest_tables import Budget, DataFile, GpuNeed, Lesson, Needs, Version
from courses.authoring.rules import BrokenRule, Section, first_double
from courses.authoring.text import Language, Summary, Title, own_first
from spawners.errors import InvalidInput
from spawners.machine import Line, Slug

__all__ = [
    "MANIFEST",
    "Budget",
    "Course",
    "DataFile",
    "GpuNeed",
    "Lesson",
    "Needs",
    "Version",
    "load",
]

MANIFEST = "course.toml"
MOST = 20
"""More mistakes than this nobody reads at once."""


class Course(Section):
    """A course: a folder with this manifest and one notebook a lesson."""

    id: Slug
    """Its name in addresses and records: lowercase letters, digits, single hyphens."""
    version: Version
    """Three numbers, such as 1.2.0: a new one for each release."""
    title: Title
    """Its name for people: one line."""
    summary: Summary
    """Whom it is for and what they learn: a few sentences."""
    authors: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Who wrote it."""
    licence: Line
    """The terms that it may be used under, such as CC-BY-4.0."""
    language: Language = "en"
    """What its notebooks are written in."""
    languages: tuple[Language, ...] = ()
    """What they are translated into: each has a `locale/<language>.po`."""
    audience: tuple[Slug, ...] = ()
    """Whom it is for, as tags such as `start-ups`."""
    sectors: tuple[Slug, ...] = ()
    """Which fields its examples are from, as tags such as `health`."""
    prerequisites: tuple[Slug, ...] = ()
    """Ids of courses to take before."""
    environment: Slug = "default"
    """The site's environment that its sessions start in."""
    data: tuple[DataFile, ...] = ()
    """The data files that come with it."""
    lessons: Annotated[tuple[Lesson, ...], Field(min_length=1)]
    """Its lessons, in the order of teaching."""

    @model_validator(mode="before")
    @classmethod
    def _own_language_first(cls, raw: Any) -> Any:  # noqa: ANN401  it may be any TOML
        # str(title) is the first text: the order of a table in TOML must not decide which.
        if not isinstance(raw, dict):
            return raw
        language, lessons = raw.get("language", "en"), raw.get("lessons")
        own = _with_own_first(raw, language)
        if isinstance(lessons, list):
            own["lessons"] = [_with_own_first(lesson, language) for lesson in lessons]
        return own

    @model_validator(mode="after")
    def _lessons_are_unique(self) -> Self:
        for kind in ("id", "notebook"):
            names = [getattr(lesson, kind) for lesson in self.lessons]
            if (at := first_double(names)) is not None:
                raise BrokenRule(
                    f"two lessons have the {kind} {names[at]}",
                    "Each lesson has its own: change one of them.",
                    key=("lessons", at, kind),
                )
        return self

    @model_validator(mode="after")
    def _lists_name_nothing_twice(self) -> Self:
        for key in ("authors", "languages", "audience", "sectors", "prerequisites"):
            names = list(getattr(self, key))
            if (at := first_double(names)) is not None:
                raise BrokenRule(
                    f"{names[at]!r} is there twice", "Take one of them out.", key=(key, at)
                )
        return self

    @model_validator(mode="after")
    def _is_translated_into_other_languages(self) -> Self:
        if self.language in self.languages:
            raise BrokenRule(
                f"{self.language} is the language that the course is written in",
                "Name only those that it is translated into.",
                key=("languages", self.languages.index(self.language)),
            )
        return self

    @model_validator(mode="after")
    def _does_not_come_before_itself(self) -> Self:
        if self.id in self.prerequisites:
            raise BrokenRule(
                "a course cannot come before itself",
                f"Take {self.id} out.",
                key=("prerequisites", self.prerequisites.index(self.id)),
            )
        return self

    @model_validator(mode="after")
    def _data_files_are_unique(self) -> Self:
        paths = [one.path for one in self.data]
        if (at := first_double(paths)) is not None:
            raise BrokenRule(
                f"two data files have the path {paths[at]}",
                "Name each file once, with all the lessons that use it.",
                key=("data", at, "path"),
            )
        return self

    @model_validator(mode="after")
    def _data_is_for_lessons_that_exist(self) -> Self:
        known = [lesson.id for lesson in self.lessons]
        for at, file in enumerate(self.data):
            for place, name in enumerate(file.lessons):
                if name not in known:
                    raise BrokenRule(
                        f"there is no lesson {name}",
                        f"Use the id of a lesson: {', '.join(known)}.",
                        key=("data", at, "lessons", place),
                    )
        return self

    @model_validator(mode="after")
    def _texts_are_in_its_languages(self) -> Self:
        spoken = {self.language, *self.languages}
        for key, text in self._texts():
            for other in sorted(text.languages - spoken):
                raise BrokenRule(
                    f"the course is not in {other!r}",
                    f"Add it to `languages`, or use one of: {', '.join(sorted(spoken))}.",
                    key=(*key, other),
                )
        return self

    @model_validator(mode="after")
    def _texts_are_in_its_own_language(self) -> Self:
        for key, text in self._texts():
            if text.languages and self.language not in text.languages:
                raise BrokenRule(
                    f"it says nothing in {self.language}, the language of the course",
                    f'Add {self.language} = "…" to it.',
                    key=key,
                )
        return self

    def _texts(self) -> Iterator[tuple[tuple[str | int, ...], Title | Summary]]:
        yield ("title",), self.title
        yield ("summary",), self.summary
        for at, lesson in enumerate(self.lessons):
            yield ("lessons", at, "title"), lesson.title
            yield ("lessons", at, "summary"), lesson.summary

    @property
    def duration_minutes(self) -> int:
        """The whole course, in minutes."""
        return sum(lesson.duration_minutes for lesson in self.lessons)

    def lesson(self, lesson_id: str) -> Lesson | None:
        """Return the lesson of that id, or None."""
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)

    def in_language(self, language: str) -> Self:
        """Return a copy whose titles and summaries are plain in that language.

        A text that is not in it is in the course's own language.
        """
        lessons = tuple(
            lesson.model_copy(update=_plain(lesson, language)) for lesson in self.lessons
        )
        return self.model_copy(update={**_plain(self, language), "lessons": lessons})


def _with_own_first(raw: Any, language: object) -> Any:  # noqa: ANN401  it may be any TOML
    if not isinstance(raw, dict):
        return raw
    texts = {key: own_first(raw[key], language) for key in ("title", "summary") if key in raw}
    return {**raw, **texts}


def _plain(one: Course | Lesson, language: str) -> dict[str, Title | Summary]:
    return {"title": one.title.plain(language), "summary": one.summary.plain(language)}


def load(folder: Path) -> Course:
    """Read `folder`/course.toml. Raises InvalidInput naming file, line, key and fix."""
    path = folder / MANIFEST
    text = _text(path)
    try:
        raw = tomllib.loads(text)
    # Besides TOML's own errors: a number of thousands of digits, brackets a thousand deep.
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{path}: not TOML: {error}.", hint="Mend the line it names.") from None
    try:
        return Course.model_validate(raw)
    except ValidationError as error:
        # Only here: it works out the schema, which no page needs.
        from courses.authoring.mistakes import mistakes
        from courses.authoring.schema import Described
        from courses.authoring.toml_lines import key_lines, line_of

        lines = key_lines(text)
        found = [(line_of(one.path, lines), one) for one in mistakes(error, raw, Described(Course))]
        said = [f"{path}:{line}: {one}" for line, one in sorted(found, key=itemgetter(0))]
        if len(said) > MOST:
            said[MOST:] = [f"… and {len(said) - MOST} more."]
        raise InvalidInput(
            "\n".join(said), hint="docs/courses.md says what each key means."
        ) from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(
            f"{path}: there is no such file.", hint="A course is a folder with a course.toml in it."
        ) from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: not UTF-8: {error}.", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be read: {error.strerror}.", hint="Mend the file, or its mode."
        ) from None
