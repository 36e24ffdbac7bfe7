"""course.toml: what a course is called, who wrote it, what each lesson needs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from courses.authoring.parameters import Parameter, ParameterName
from courses.authoring.text import Language, Summary, Title
from spawners.errors import InvalidInput
from spawners.machine import Line, Model, Slug

MANIFEST = "course.toml"

Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$", max_length=20)]
GpuNeed = Literal["none", "preferred", "required"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _inside_the_course(path: str) -> str:
    pure = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in pure.parts)
    if pure.is_absolute() or hidden or not pure.parts or "\\" in path:
        raise ValueError("must name a file inside the course folder, with / between folders")
    return str(pure)


CoursePath = Annotated[str, StringConstraints(max_length=200), AfterValidator(_inside_the_course)]
"""A file of the course, as a path inside its folder."""


class Needs(Model):
    """What a lesson needs of a session. Memory in MiB."""

    cpus: Annotated[int, Field(ge=1)] = 1
    memory_mib: Annotated[int, Field(ge=128)] = 1024
    gpu: GpuNeed = "none"
    """`preferred`: better with a GPU, complete without; `required`: not validated without one."""
    gpus: Annotated[int, Field(ge=1, le=64)] = 1
    """How many, where `gpu` is not `none`."""
    slurm: bool = False
    """Whether it submits jobs: without Slurm it is not validated."""
    internet: Literal[False] = False
    """Nodes of several sites have none: a lesson ships its data or makes it."""


class Budget(Model):
    """How long a lesson may run unattended, in seconds: one cell, and all of it."""

    cell_s: Annotated[int, Field(ge=1, le=3600)] = 60
    lesson_s: Annotated[int, Field(ge=1, le=14400)] = 300


class Lesson(Model):
    """One notebook of the course. Duration in minutes, as a trainee reads it."""

    id: Slug
    title: Title
    summary: Summary
    notebook: CoursePath
    duration_minutes: Annotated[int, Field(ge=1, le=480)]
    needs: Needs = Needs()
    budget: Budget = Budget()
    parameters: Mapping[ParameterName, Parameter] = Field(default_factory=dict)

    @field_validator("notebook")
    @classmethod
    def _is_a_notebook(cls, path: str) -> str:
        if PurePosixPath(path).suffix != ".ipynb":
            raise ValueError("must name an .ipynb file")
        return path


class DataFile(Model):
    """A data file that comes with the course."""

    path: CoursePath
    sha256: Sha256 | None = None
    """Pins its content: a lesson taught twice is taught on the same data."""
    source: Line | None = None
    """Where it is from."""
    licence: Line | None = None
    lessons: tuple[Slug, ...] = ()
    """Those that use it; none named is all."""


class Course(Model):
    """A course: a folder with this manifest and one notebook a lesson."""

    id: Slug
    version: Version
    title: Title
    summary: Summary
    authors: Annotated[tuple[Line, ...], Field(min_length=1)]
    licence: Line
    language: Language = "en"
    """What its notebooks are written in."""
    languages: tuple[Language, ...] = ()
    """What they are translated into: each has a locale/<language>.po."""
    audience: tuple[Slug, ...] = ()
    sectors: tuple[Slug, ...] = ()
    prerequisites: tuple[Slug, ...] = ()
    """Ids of courses to take before."""
    environment: Slug = "default"
    data: tuple[DataFile, ...] = ()
    lessons: Annotated[tuple[Lesson, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _lessons_are_unique(self) -> Self:
        for kind, names in (
            ("id", [lesson.id for lesson in self.lessons]),
            ("notebook", [lesson.notebook for lesson in self.lessons]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two lessons have the {kind} {', '.join(twice)}")
        return self

    @property
    def duration_minutes(self) -> int:
        """The whole course, in minutes."""
        return sum(lesson.duration_minutes for lesson in self.lessons)

    def lesson(self, lesson_id: str) -> Lesson | None:
        """Return the lesson of that id, or None."""
        return next((lesson for lesson in self.lessons if lesson.id == lesson_id), None)


def load(folder: Path) -> Course:
    """Read `folder`/course.toml. Raises InvalidInput naming file, key and fix."""
    path = folder / MANIFEST
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(
            f"{path}: there is no such file.", hint="A course is a folder with a course.toml in it."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: not TOML: {error}.", hint="Mend the line it names.") from None
    try:
        return Course.model_validate(raw)
    except ValidationError as error:
        raise InvalidInput(f"{path}: {_problems(error)}", hint="Mend the keys named.") from None


def _problems(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in one['loc']) or 'course'}: {one['msg']}"
        for one in error.errors()
    )
