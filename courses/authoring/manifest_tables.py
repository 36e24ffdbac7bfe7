"""The tables of course.toml beneath the course: lessons, their needs, data files. Models only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StringConstraints,
    field_validator,
    model_validator,
)

from courses.authoring.parameters import Parameter, ParameterName
from courses.authoring.rules import BrokenRule, Section, Whole
from courses.authoring.text import Summary, Title
from spawners.machine import Line, Slug

Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$", max_length=20)]
GpuNeed = Literal["none", "preferred", "required"]
PackageName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$", max_length=80)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _inside_the_course(path: str) -> str:
    pure = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in pure.parts)
    if pure.is_absolute() or hidden or not pure.parts or "\\" in path or not path.isprintable():
        raise BrokenRule(
            f"{path!r} is not the path of a file of the course",
            "Name a file inside the course's folder, with / between folders; none may be hidden.",
        )
    return str(pure)


CoursePath = Annotated[str, StringConstraints(max_length=200), AfterValidator(_inside_the_course)]
"""A file of the course, as a path inside its folder."""


class Needs(Section):
    """What a lesson needs of a session. Memory in MiB."""

    cpus: Annotated[Whole, Field(ge=1, le=4096)] = 1
    """CPUs, as the scheduler counts them."""
    memory_mib: Annotated[Whole, Field(ge=128, le=2**40)] = 1024
    """Memory, in MiB."""
    gpu: GpuNeed = "none"
    """`preferred`: better with a GPU, complete without; `required`: not validated without one."""
    gpus: Annotated[Whole, Field(ge=1, le=64)] = 1
    """How many GPUs, where `gpu` is not `none`."""
    slurm: StrictBool = False
    """Whether it submits jobs: without Slurm it is not validated."""
    packages: tuple[PackageName, ...] = ()
    """Packages that some environments lack, as in `import`: not validated without one of them."""
    internet: Literal[False] = False
    """Always `false`: nodes of several sites have no internet. A lesson ships its data."""

    @model_validator(mode="after")
    def _gpus_are_of_use(self) -> Self:
        if self.gpu == "none" and self.gpus > 1:
            raise BrokenRule(
                "it asks for GPUs, and `gpu` says that it needs none",
                'Take `gpus` out, or set gpu = "preferred" or "required".',
                key=("gpus",),
            )
        return self


class Budget(Section):
    """How long a lesson may run unattended, in seconds: one cell, and all of it."""

    cell_s: Annotated[Whole, Field(ge=1, le=3600)] = 60
    """The longest that one cell may run, in seconds."""
    lesson_s: Annotated[Whole, Field(ge=1, le=14400)] = 300
    """The longest that the whole lesson may run, in seconds."""


class Lesson(Section):
    """One notebook of the course."""

    id: Slug
    """Its name in addresses and records: lowercase letters, digits, single hyphens."""
    title: Title
    """Its name for people: one line."""
    summary: Summary
    """What a trainee learns in it: a sentence or two."""
    notebook: CoursePath
    """Its .ipynb file, as a path inside the course's folder."""
    duration_minutes: Annotated[Whole, Field(ge=1, le=480)]
    """How long a trainee takes, in minutes."""
    needs: Needs = Needs()
    """What it needs of a session."""
    budget: Budget = Budget()
    """How long validation lets it run."""
    parameters: Mapping[ParameterName, Parameter] = Field(default_factory=dict)
    """The names in its cell tagged `parameters`: a value for trainees, another for validation."""

    @field_validator("notebook")
    @classmethod
    def _is_a_notebook(cls, path: str) -> str:
        if PurePosixPath(path).suffix != ".ipynb":
            raise BrokenRule(f"{path!r} is no notebook", "Name an .ipynb file.")
        return path


class DataFile(Section):
    """A data file that comes with the course."""

    path: CoursePath
    """The file, as a path inside the course's folder."""
    sha256: Sha256 | None = None
    """Pins its content: a lesson taught twice is taught on the same data."""
    source: Line | None = None
    """Where it is from."""
    licence: Line | None = None
    """The terms that it may be used under."""
    lessons: tuple[Slug, ...] = ()
    """Ids of the lessons that use it; none named is all."""
