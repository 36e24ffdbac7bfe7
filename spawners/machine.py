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

SLURM_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
"""The same as `SlurmName`, as a part of a longer expression."""

SlurmName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=64)
]
"""A name that Slurm accepts for a partition, QOS, account or reservation."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
"""One line of text for people."""

SbatchOption = Annotated[
    str,
    StringConstraints(pattern=r"^--[a-z][a-z-]*(=[A-Za-z0-9_.,:+-]+)?$", max_length=100),
]
"""One long option of sbatch, with its value."""

ModuleName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+/-]*$", max_length=100)
]
"""What `module load` takes: `PyTorch/2.9.1-foss-2025a`."""

GpuOption = Literal["gres", "gpus", "gpus-per-node", "gpus-per-task"]

_PATH = re.compile(r"^(~|~/|/|\{prefix\})[^\x00-\x1f\x7f]*$")


class Model(BaseModel):
    """Frozen, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Partition(Model):
    """A partition of the machine, with the limit that the scheduler enforces.

    What a node has (CPUs as the scheduler counts them, memory in MiB, GPUs) is None where the
    site does not say.
    """

    name: SlurmName
    max_time_s: Annotated[int, Field(gt=0)]
    nodes: Annotated[int, Field(gt=0)] | None = None
    cpus_per_node: Annotated[int, Field(gt=0)] | None = None
    memory_mib_per_node: Annotated[int, Field(gt=0)] | None = None
    gpus_per_node: Annotated[int, Field(ge=0)] = 0
    gpu_type: str = ""
    whole_nodes: bool = False
    """Whether a job gets, and is billed for, whole nodes, however little it asks for."""
    architecture: Literal["x86_64", "aarch64"] = "x86_64"


class Qos(Model):
    """A quality of service: what the scheduler allows under that name."""

    name: SlurmName
    max_time_s: Annotated[int, Field(gt=0)] | None = None
    jobs_per_user: Annotated[int, Field(gt=0)] | None = None


class SessionSize(Model):
    """A named bundle of resources that a trainee may pick. Memory in MiB, time in seconds."""

    name: Slug
    title: Line
    cpus: Annotated[int, Field(ge=1, le=4096)]
    memory_mib: Annotated[int, Field(ge=128)]
    time_limit_s: Annotated[int, Field(ge=60)]
    gpus: Annotated[int, Field(ge=0, le=64)] = 0
    partition: SlurmName | None = None
    qos: SlurmName | None = None
    """The QOS that this size runs under, unless the trainee chooses another."""


class Environment(Model):
    """The software that a session starts in: `modules` are loaded, `path` holds bin/python."""

    name: Slug
    title: Line
    path: str
    modules: tuple[ModuleName, ...] = ()

    @field_validator("path")
    @classmethod
    def _absolute(cls, path: str) -> str:
        if not _PATH.match(path):
            raise ValueError("must be an absolute path, or start with ~ or {prefix}")
        return path


class Dialect(Model):
    """How a machine's sbatch is spoken to: what the directives say, beside the resources."""

    gpu_option: GpuOption = "gres"
    ask_memory: bool = True
    options: tuple[SbatchOption, ...] = ()
    login_shell: bool = False


class Machine(Model):
    """The batch system and hardware of a site."""

    name: Slug
    batch: Literal["slurm", "local"]
    sizes: Annotated[tuple[SessionSize, ...], Field(min_length=1)]
    environments: Annotated[tuple[Environment, ...], Field(min_length=1)]
    partitions: tuple[Partition, ...] = ()
    qos: tuple[Qos, ...] = ()
    account: Literal["none", "optional", "required"] = "none"
    """Whether a job names the account (project) that pays for it."""
    gpu_option: GpuOption = "gres"
    """By which of sbatch's options GPUs are asked for here."""
    ask_memory: bool = True
    """Whether a job says how much memory it wants; where nodes come whole it need not."""
    sbatch_options: tuple[SbatchOption, ...] = ()
    """What else every job of this machine has to say, such as `--hint=nomultithread`."""
    login_shell: bool = False
    """Whether the batch script needs a login shell, for `module` to be there."""
    idle_limit_s: Annotated[int, Field(ge=60)] | None = None
    """A session in which nothing was done for so long is ended."""
    gpu_idle_limit_s: Annotated[int, Field(ge=60)] | None = None
    """A session whose GPUs did nothing for so long is ended."""
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
            ("qos", [qos.name for qos in self.qos]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind}: {', '.join(twice)} is defined twice")
        return self

    @model_validator(mode="after")
    def _sizes_fit_their_partition(self) -> Self:
        partitions = {partition.name: partition for partition in self.partitions}
        for size in self.sizes:
            if size.partition is None:
                continue
            if size.partition not in partitions:
                raise ValueError(f"size {size.name}: no partition is named {size.partition}")
            problem = _misfit(size, partitions[size.partition])
            if problem:
                raise ValueError(f"size {size.name}: {problem}")
        return self

    @model_validator(mode="after")
    def _sizes_fit_their_qos(self) -> Self:
        limits = {qos.name: qos.max_time_s for qos in self.qos}
        for size in self.sizes:
            if size.qos is None or not limits:
                continue
            if size.qos not in limits:
                raise ValueError(f"size {size.name}: no qos is named {size.qos}")
            limit = limits[size.qos]
            if limit is not None and size.time_limit_s > limit:
                raise ValueError(f"size {size.name}: longer than qos {size.qos} allows")
        return self

    @property
    def dialect(self) -> Dialect:
        """What a job for this machine has to carry, for its script to be understood here."""
        return Dialect(
            gpu_option=self.gpu_option,
            ask_memory=self.ask_memory,
            options=self.sbatch_options,
            login_shell=self.login_shell,
        )

    def size(self, name: str) -> SessionSize | None:
        """Return the session size of that name, or None."""
        return next((size for size in self.sizes if size.name == name), None)

    def environment(self, name: str) -> Environment | None:
        """Return the environment of that name, or None."""
        return next((one for one in self.environments if one.name == name), None)


def _misfit(size: SessionSize, partition: Partition) -> str:
    """Return why no node of the partition can give the size, or "". What is not said fits."""
    if size.time_limit_s > partition.max_time_s:
        return f"longer than partition {partition.name} allows"
    for word, wanted, there in (
        ("cpus", size.cpus, partition.cpus_per_node),
        ("memory_mib", size.memory_mib, partition.memory_mib_per_node),
        ("gpus", size.gpus, partition.gpus_per_node or None),
    ):
        if there is not None and wanted > there:
            return f"{word} is {wanted}, and a node of partition {partition.name} has {there}"
    if partition.whole_nodes and size.gpus != partition.gpus_per_node:
        return (
            f"gpus is {size.gpus}, and partition {partition.name} gives and bills whole nodes: "
            f"a session there has all {partition.gpus_per_node}"
        )
    return ""
