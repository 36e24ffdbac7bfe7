"""Course and machine -> which lesson runs in which session size, and which cannot. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from courses.authoring.manifest import Course, Lesson
from courses.sizes import size_for
from courses.validation.job import not_validated
from courses.validation.record import LessonResult
from spawners.machine import Dialect, Environment, Machine, SessionSize

USUAL_ENVIRONMENT = "default"
"""A course that names no environment runs in the machine's first."""


@dataclass(frozen=True)
class Place:
    """Where a lesson runs."""

    lesson: Lesson
    size: SessionSize
    environment: Environment
    dialect: Dialect
    files: tuple[str, ...] = ()
    """What lies in the course beside its notebook and may be read (`courses.validation.world`)."""


def place(lesson: Lesson, course: Course, machine: Machine) -> Place | LessonResult:
    """Return where the lesson runs, or its result if nothing there can run it: not validated."""
    needs = lesson.needs
    if needs.slurm and machine.batch != "slurm":
        return not_validated(lesson, f"It submits jobs, and {machine.name} has no Slurm.")
    size = size_for(machine, needs)
    if size is None:
        return not_validated(
            lesson,
            f"It needs {_words(lesson)}, and {machine.name} has no session size with that.",
        )
    environment = machine.environment(course.environment)
    if environment is None and course.environment == USUAL_ENVIRONMENT:
        environment = machine.environments[0]
    if environment is None:
        return not_validated(
            lesson, f"It needs the environment {course.environment}, which {machine.name} has not."
        )
    return Place(lesson, size, environment, machine.dialect)


def _words(lesson: Lesson) -> str:
    needs = lesson.needs
    count = "a GPU" if needs.gpus == 1 else f"{needs.gpus} GPUs"
    gpu = f"{count}, " if needs.gpu == "required" else ""
    return f"{gpu}{needs.cpus} CPU{'s' if needs.cpus > 1 else ''} and {needs.memory_mib} MiB"
