"""What a machine offers: partitions, session sizes and environments. Models only, no I/O."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""A name that is safe in a URL, a file name and an option: lowercase, digits, single hyphens."""

SlurmName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=64)
]
"""A name that Slurm accepts for a partition, QOS, account or reservation."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""One line of text for people."""

_PATH = re.compile(r"^(~|~/|/|\{prefix\})[^\x00-\x1f\x7f]*$")


class Model(BaseModel):
    """Frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Partition(Model):
    """A partition of the machine, with the limit that the scheduler enforces."""

    name: SlurmName
    max_time_s: Annotated[int, Field(gt=0)]


class SessionSize(Model):
    """A named bundle of resources that a trainee may pick. Memory in MiB, time in seconds."""

    name: Slug
    title: Line
    cpus: Annotated[int, Field(ge=1, le=4096)]
    memory_mib: Annotated[int, Field(ge=128)]
    time_limit_s: Annotated[int, Field(ge=60)]
    gpus: Annotated[int, Field(ge=0, le=64)] = 0
    partition: SlurmName | None = None


class Environment(Model):
    """The software that a session starts in: `modules` are loaded, `path` holds bin/python."""

    name: Slug
    title: Line
    path: str
    modules: tuple[SlurmName, ...] = ()

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: str) -> str:
        if not _PATH.match(path):
            raise ValueError("must be an absolute path, or start with ~ or {prefix}")
        return path


class Machine(Model):
    """The batch system and hardware of a site."""

    name: Slug
    batch: Literal["slurm", "local"]
    sizes: Annotated[tuple[SessionSize, ...], Field(min_length=1)]
    environments: Annotated[tuple[Environment, ...], Field(min_length=1)]
    partitions: tuple[Partition, ...] = ()
    workspace: str = "~/courses"
    """Where a trainee's own copies live; `~` is the home of the user the job runs as."""
    submit_as_trainee: bool = False
    """Whether the hub submits through sudo as the trainee (else: as itself)."""

    @field_validator("workspace")
    @classmethod
    def _workspace_path(cls, path: str) -> str:
        if not _PATH.match(path):
            raise ValueError("must be an absolute path or start with ~/")
        return path

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for kind, names in (
            ("sizes", [size.name for size in self.sizes]),
            ("environments", [environment.name for environment in self.environments]),
            ("partitions", [partition.name for partition in self.partitions]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind}: {', '.join(twice)} is defined twice")
        return self

    @model_validator(mode="after")
    def _sizes_fit_their_partition(self) -> Self:
        limits = {partition.name: partition.max_time_s for partition in self.partitions}
        for size in self.sizes:
            if size.partition is None:
                continue
            if size.partition not in limits:
                raise ValueError(f"size {size.name}: no partition is named {size.partition}")
            if size.time_limit_s > limits[size.partition]:
                raise ValueError(f"size {size.name}: longer than partition {size.partition} allows")
        return self

    def size(self, name: str) -> SessionSize | None:
        """Return the session size of that name, or None."""
        return next((size for size in self.sizes if size.name == name), None)

    def environment(self, name: str) -> Environment | None:
        """Return the environment of that name, or None."""
        return next((one for one in self.environments if one.name == name), None)
