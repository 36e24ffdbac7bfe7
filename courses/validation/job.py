"""The files by which a worker is told what to do, and tells how far it is and what it found."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from courses.authoring.manifest import Lesson
from courses.validation.record import LessonResult, Outcome
from spawners.machine import Model

JOB, PROGRESS, RESULT, LOG = "job.json", "progress.json", "result.json", "worker.log"

_LONGEST = 20_000
# A socket's path has 104 bytes or, on Linux, 108; what comes below the folder is 25 of them.
_LONGEST_BASE = 60
_TERMINAL_CODES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Job(Model):
    """One lesson to run. Its folder, `run`, is private and holds all four files."""

    course_folder: Path
    lesson: Lesson
    run: Path
    files: tuple[str, ...] = ()
    """What lies in the course beside the notebook and may be read (`courses.validation.world`)."""
    warm: Path | None = None
    root: Path | None = None
    """The sockets of the warm process to fork from, and of the bare one; None starts one."""
    fork: bool = True


class Progress(Model):
    """The cell that runs now, and how many of the code cells came before it."""

    cell: str
    done: int
    total: int


@contextlib.contextmanager
def private_folder(base: str) -> Iterator[Path]:
    """A folder of this user's alone, inside `base` if that leaves room for a socket's name."""
    where = base if len(base) <= _LONGEST_BASE else "/tmp"  # noqa: S108  mkdtemp makes it safe
    folder = Path(tempfile.mkdtemp(prefix="onboard-", dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_progress(run: Path) -> Progress | None:
    """Return how far the worker of that folder is, or None if it has not begun."""
    try:
        return Progress.model_validate_json((run / PROGRESS).read_bytes())
    except (OSError, ValidationError):
        return None


def read_result(run: Path) -> LessonResult | None:
    """Return what the worker of that folder found, or None if it has not said so."""
    try:
        return LessonResult.model_validate_json((run / RESULT).read_bytes())
    except (OSError, ValidationError):
        return None


def write(path: Path, content: Model) -> None:
    """Write in one step: a reader sees all of it or nothing."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content.model_dump_json())
    Path(part).replace(path)


def errored(lesson: Lesson, message: str, *, detail: str = "") -> LessonResult:
    """Return the result of a lesson of which nothing is known, because the tool failed."""
    return LessonResult(
        lesson=lesson.id,
        notebook=lesson.notebook,
        outcome=Outcome.ERRORED,
        message=message,
        detail=plain(detail),
    )


def ended_early(lesson: Lesson, run: Path, ending: str) -> LessonResult:
    """Return the result of a lesson whose process or job ended before it wrote one.

    `ending` says what ended, and how.
    """
    progress = read_progress(run)
    where = f"at cell {progress.cell}" if progress else "before the first cell"
    return errored(lesson, f"{ending} {where}.", detail=log_tail(run))


def not_validated(lesson: Lesson, reason: str) -> LessonResult:
    """Return the result of a lesson that cannot run, for want of what it needs."""
    return LessonResult(
        lesson=lesson.id,
        notebook=lesson.notebook,
        outcome=Outcome.NOT_VALIDATED,
        message=reason,
    )


def log_tail(run: Path) -> str:
    """Return the last lines that the worker printed."""
    try:
        return plain((run / LOG).read_bytes()[-4000:].decode("utf-8", "replace")).strip()
    except OSError:
        return ""


def plain(text: str) -> str:
    """Return text without terminal codes and control characters, and not endless."""
    text = _CONTROL.sub("", _TERMINAL_CODES.sub("", text))
    # JSON and XML hold no half of a surrogate pair.
    text = text.encode("utf-8", "replace").decode("utf-8")
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]}\n[...]\n{text[-half:]}"
