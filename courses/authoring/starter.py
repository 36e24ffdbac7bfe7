"""A new course that passes its check at once: from files of the package, whole or not at all."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from courses.authoring import manifest, schema
from spawners.errors import InvalidInput

SCHEMA = ".course.schema.json"
"""Hidden: it helps the author's editor, and is no content of the course."""
_FILLED = (".toml", ".md")


def make(folder: Path, title: str) -> manifest.Course:
    """Write a new course into `folder`, which must be new or empty. Raises InvalidInput."""
    folder = folder.absolute()
    _require_room(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".new-course-", dir=folder.parent))
        try:
            course = _written(draft / "course", folder.name, title)
            (draft / "course").rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise InvalidInput(
            f"{folder}: cannot be written: {error.strerror}.",
            hint="Choose a folder that you may write to, with room in it.",
        ) from None
    return course


def course_id(name: str) -> str:
    """Turn a folder's name into a course's id: `Künstliche Netze` -> `kunstliche-netze`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-") or "course"


def _require_room(folder: Path) -> None:
    if folder == Path.cwd():
        raise InvalidInput(
            f"{folder}: you are in this folder.", hint="Name a new one: it is made for the course."
        )
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InvalidInput(f"{folder}: is no folder.", hint="Name a new folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise InvalidInput(f"{folder}: not empty.", hint="Name a new folder.")


def _written(draft: Path, name: str, title: str) -> manifest.Course:
    draft.mkdir()
    # What JSON writes as a string, TOML reads as one.
    quoted = json.dumps(title, ensure_ascii=False)
    values = {"id": json.dumps(course_id(name)), "title": quoted, "heading": title}
    for file, text in _files():
        filled = Template(text).substitute(values) if file.endswith(_FILLED) else text
        (draft / file).write_text(filled, encoding="utf-8")
    described = schema.Described(manifest.Course)
    (draft / SCHEMA).write_text(schema.as_text(described.schema), encoding="utf-8")
    try:
        return manifest.load(draft)
    except InvalidInput:
        raise InvalidInput(
            f"{title!a} cannot be a title.", hint="Use one line of at most 200 characters."
        ) from None


def _files() -> Iterator[tuple[str, str]]:
    for one in (files("courses.authoring") / "starter_files").iterdir():
        yield one.name, one.read_text(encoding="utf-8")
