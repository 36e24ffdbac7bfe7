"""A course without the lessons that a machine cannot run: what is left is a course like any other.

So that a laptop without Slurm can teach the rest of a course, and nothing is ever published that
has not passed.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Collection, Container
from dataclasses import dataclass
from pathlib import Path

from courses.authoring import manifest
from courses.authoring.content import content_files
from courses.authoring.manifest import Course, Lesson
from courses.authoring.toml_lines import key_lines
from courses.authoring.toml_text import as_toml
from courses.validation.plan import place
from courses.validation.record import LessonResult
from spawners.machine import Machine


@dataclass(frozen=True)
class Fitted:
    """The folder of a course that the machine can run, and what was left out, each with why."""

    folder: Path
    left_out: tuple[LessonResult, ...] = ()


def fit(
    folder: Path,
    machine: Machine,
    scratch: Path,
    lacking: Callable[[Lesson], LessonResult | None] = lambda _: None,
) -> Fitted:
    """Return the course as `machine` can teach it: itself, or a copy in `scratch` with less in it.

    `lacking` says what the environment of sessions has not (`courses.validation.packages`).
    A course of which nothing can run is returned as it is: to publish it says why it is refused.
    Data that only lessons use which are left out is left out with them.
    """
    course = manifest.load(folder)
    planned = (lacking(one) or place(one, course, machine) for one in course.lessons)
    left_out = tuple(one for one in planned if isinstance(one, LessonResult))
    if len(left_out) in (0, len(course.lessons)):
        return Fitted(folder)
    target = scratch / folder.resolve().name
    names = {one.lesson for one in left_out}
    idle = {file.path for file in course.data if file.lessons and names.issuperset(file.lessons)}
    _copy(folder, target, without=idle | {one.notebook for one in left_out})
    text = (folder / manifest.MANIFEST).read_text(encoding="utf-8")
    (target / manifest.MANIFEST).write_text(_without_lessons(text, course, names), encoding="utf-8")
    return Fitted(target, left_out)


def _copy(folder: Path, target: Path, without: Container[str]) -> None:
    for path in content_files(folder):
        if path.as_posix() not in without:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, target / path)


def _without_lessons(text: str, course: Course, names: Collection[str]) -> str:
    """Return the text of a course.toml without those lessons.

    What is left stands as the author wrote it, where each lesson is a table of its own and no data
    is said to be for one that goes; else the text is written anew.
    """
    numbers = [number for number, one in enumerate(course.lessons) if one.id in names]
    if any(name in names for file in course.data for name in file.lessons):
        return _written_anew(text, names)
    lines, found = text.splitlines(keepends=True), key_lines(text)
    for number in reversed(numbers):
        own = ("lessons", number)
        begin = found[own]
        if not lines[begin - 1].lstrip().startswith("[["):
            return _written_anew(text, names)
        later = [line for path, line in found.items() if line > begin and path[:2] != own]
        lines[begin - 1 : min(later, default=len(lines) + 1) - 1] = []
    return "".join(lines)


def _written_anew(text: str, names: Collection[str]) -> str:
    raw = tomllib.loads(text)
    raw["lessons"] = [one for one in raw["lessons"] if one["id"] not in names]
    files = []
    for file in raw.get("data", ()):
        staying = [name for name in file.get("lessons", ()) if name not in names]
        if staying or not file.get("lessons"):
            files.append({**file, "lessons": staying})
    return as_toml({**raw, "data": files})
