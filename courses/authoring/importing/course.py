"""A folder of notebooks becomes a course in a new folder, whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import nbformat
from jinja2 import Environment, StrictUndefined
from nbformat import NotebookNode
from pydantic import ValidationError

from courses.authoring import manifest
from courses.authoring.importing import describing, sources
from courses.authoring.importing.notebook import adopted, read
from courses.authoring.importing.notes import Note
from courses.authoring.importing.sources import Sources
from courses.authoring.manifest import Course, Lesson
from courses.file_system import held
from spawners.errors import InvalidInput

NOT_STATED = "not stated"
_GUESSED = Note(
    manifest.MANIFEST,
    "read it through: titles, summaries and durations are taken from the notebooks, and nobody "
    "has stated the authors, the licence or the language.",
)


@dataclass(frozen=True)
class Imported:
    """The course, and what its author should know of how it came about."""

    course: Course
    notes: tuple[Note, ...]


def import_course(source: Path, target: Path, *, course_id: str = "", title: str = "") -> Imported:
    """Make a course in `target` of the notebooks in `source`, which stays as it is.

    Raises InvalidInput; then, and when it is killed, there is no `target`.
    """
    source, target = source.resolve(), target.absolute()
    _require_new(source, target)
    found = sources.find(source)
    lessons, notes = _lessons(found)
    name = found.config.course_id or source.name
    wanted = title or describing.spoken(name)
    course = _course(course_id or describing.slug(name) or "course", wanted, lessons)
    _write(target, found, {one.lesson.notebook: one.notebook for one in lessons}, course)
    return Imported(course, (*found.notes, *notes, _GUESSED))


@dataclass(frozen=True)
class _Imported:
    lesson: Lesson
    notebook: NotebookNode


def _require_new(source: Path, target: Path) -> None:
    if target.resolve().is_relative_to(source):
        raise InvalidInput(
            f"{target}: is inside {source}, which stays as it is.", hint="Import to elsewhere."
        )
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise InvalidInput(f"{target}: is there already.", hint="Import into a new folder.")


def _lessons(found: Sources) -> tuple[list[_Imported], list[Note]]:
    header, footer = (_cells(path) for path in (found.header, found.footer))
    lessons: list[_Imported] = []
    notes: list[Note] = []
    for path in found.notebooks:
        try:
            original = _read(found.base / path, path.as_posix())
        except InvalidInput as error:
            notes.append(Note(path.as_posix(), f"left out: {error.message}"))
            continue
        notebook, said = adopted(original, path.as_posix(), header, footer, found.config.markers)
        taken = {one.lesson.id for one in lessons}
        lessons.append(_Imported(_lesson(path, original, taken), notebook))
        notes += said
    if not lessons:
        raise InvalidInput(
            f"{found.base}: none of its notebooks can be read: {notes[0]}",
            hint="Save them again in Jupyter.",
        )
    return lessons, notes


def _cells(path: Path | None) -> Sequence[NotebookNode]:
    return _read(path, path.name).cells if path else ()


def _read(path: Path, name: str) -> NotebookNode:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{name}: cannot be read: {error}.", hint="Mend its mode, or save it again."
        ) from None
    return read(text, name)


def _lesson(path: Path, notebook: NotebookNode, taken: set[str]) -> Lesson:
    title = describing.title(notebook, describing.spoken(path.stem))
    return Lesson.model_validate(
        {
            "id": describing.unique_slug(path.stem, taken, "lesson"),
            "title": title,
            "summary": describing.summary(notebook, title),
            "notebook": path.as_posix(),
            "duration_minutes": describing.minutes(notebook),
        }
    )


def _course(course_id: str, title: str, lessons: Sequence[_Imported]) -> Course:
    titles = ", ".join(str(one.lesson.title) for one in lessons)
    try:
        return Course.model_validate(
            {
                "id": course_id,
                "version": "0.1.0",
                "title": title,
                "summary": describing.line(f"{title}: {titles}"),
                "authors": [NOT_STATED],
                "licence": NOT_STATED,
                "lessons": [one.lesson for one in lessons],
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            f"--{first['loc'][0]}: {first['input']!r} is not allowed.",
            hint="An id has lowercase letters, digits and single hyphens; a title is one line.",
        ) from None


def _write(
    target: Path, found: Sources, notebooks: Mapping[str, NotebookNode], course: Course
) -> None:
    """Write the course beside its place, and rename: it is there whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _draft(target) as draft:
            for path in found.files:
                (draft / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(found.base / path, draft / path)
            for name, notebook in notebooks.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
            (draft / manifest.MANIFEST).write_text(_toml(course), encoding="utf-8")
            draft.rename(target)
    except OSError as error:
        raise InvalidInput(
            f"{error.filename or target}: cannot be copied: {error.strerror}.",
            hint="Make room, or mend the mode; nothing was imported.",
        ) from None


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Lend a folder beside the target; what killed imports have left there goes."""
    prefix = f".{target.name}.import-"
    for old in target.parent.glob(f"{glob.escape(prefix)}*"):
        with contextlib.suppress(OSError), held(old):
            shutil.rmtree(old)
    room = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        with held(room):
            (room / "course").mkdir()
            yield room / "course"
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _toml(course: Course) -> str:
    environment = Environment(  # noqa: S701  this is TOML; every value goes through `toml`
        trim_blocks=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    # A string of JSON is one of TOML too: both escape the same way.
    environment.filters["toml"] = lambda text: json.dumps(text, ensure_ascii=False)
    template = files("courses.authoring.importing").joinpath("course.toml.j2")
    return environment.from_string(template.read_text(encoding="utf-8")).render(course=course)
