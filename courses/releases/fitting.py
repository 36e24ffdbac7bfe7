"""A course without the lessons that a machine cannot run: what is left is a course like any other.

So that a laptop without Slurm can teach the rest of a course, and nothing is ever published that
has not passed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, MutableSequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from courses.authoring import manifest
from courses.authoring.content import content_files
from courses.authoring.manifest import Lesson
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
    names = frozenset(one.lesson for one in left_out)
    idle = {file.path for file in course.data if file.lessons and names.issuperset(file.lessons)}
    _copy(folder, target, without=idle | {one.notebook for one in left_out})
    text = (folder / manifest.MANIFEST).read_text(encoding="utf-8")
    (target / manifest.MANIFEST).write_text(_without_lessons(text, names), encoding="utf-8")
    return Fitted(target, left_out)


def _copy(folder: Path, target: Path, without: Container[str]) -> None:
    for path in content_files(folder):
        if path.as_posix() not in without:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, target / path)


def _without_lessons(text: str, names: frozenset[str]) -> str:
    """Return the text of a course.toml without those lessons; the rest stands as it was written."""
    document = tomlkit.parse(text)
    _drop(document["lessons"], lambda lesson: lesson["id"] in names)
    files = document.get("data", [])
    _drop(files, lambda file: bool(file.get("lessons")) and names.issuperset(file["lessons"]))
    for file in files:
        _drop(file.get("lessons", []), names.__contains__)
    return tomlkit.dumps(document)


def _drop(values: MutableSequence[Any], unwanted: Callable[[Any], bool]) -> None:
    # One at a time: a new list would not be written as the author wrote the old one.
    for index in reversed(range(len(values))):
        if unwanted(values[index]):
            del values[index]
