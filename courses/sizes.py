"""Which session sizes hold a lesson: the one rule of pages, classes and validation. Pure."""

from __future__ import annotations

from typing import Literal

from courses.authoring.manifest import Needs
from spawners.machine import Machine, SessionSize

Resource = Literal["gpus", "cpus", "memory_mib"]


def least(needs: Needs) -> dict[Resource, int]:
    """Return what a lesson cannot do without, and how much of it. Memory is in MiB."""
    gpus: dict[Resource, int] = {"gpus": needs.gpus} if needs.gpu == "required" else {}
    return {**gpus, "cpus": needs.cpus, "memory_mib": needs.memory_mib}


def missing(size: SessionSize, needs: Needs) -> dict[Resource, int]:
    """Return what of it a session of this size has too little of: nothing where it holds it."""
    return {name: number for name, number in least(needs).items() if getattr(size, name) < number}


def fitting(machine: Machine, needs: Needs) -> list[SessionSize]:
    """Return the sizes that a lesson may be started in, that which suits it best first.

    The smallest suits best, with the GPUs that the lesson prefers.
    """
    enough = [size for size in machine.sizes if not missing(size, needs)]
    if needs.gpu == "none":
        # A GPU that the lesson has no use for is somebody else's, but where every node has some.
        enough = [size for size in enough if size.gpus == 0] or enough
    wished = needs.gpus if needs.gpu == "preferred" else 0
    return sorted(enough, key=lambda one: (one.gpus < wished, one.gpus, one.memory_mib, one.cpus))


def size_for(machine: Machine, needs: Needs) -> SessionSize | None:
    """Return the size that suits a lesson best, or None where no size holds it."""
    return next(iter(fitting(machine, needs)), None)
