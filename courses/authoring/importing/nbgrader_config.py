"""What an nbgrader_config.py says of the notebooks. It is read as text, and never run."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses.authoring.importing.notes import Note
from spawners.errors import InvalidInput

PYTHON, JSON = FILES = ("nbgrader_config.py", "nbgrader_config.json")

# nbgrader's settings, spelled as nbgrader spells them -> the words that mean the same here.
_MARKERS = {
    "ClearSolutions.begin_solution_delimeter": "BEGIN SOLUTION",
    "ClearSolutions.end_solution_delimeter": "END SOLUTION",
    "ClearHiddenTests.begin_test_delimeter": "BEGIN HIDDEN TESTS",
    "ClearHiddenTests.end_test_delimeter": "END HIDDEN TESTS",
    "ClearMarkScheme.begin_mark_scheme_delimeter": "BEGIN MARK SCHEME",
    "ClearMarkScheme.end_mark_scheme_delimeter": "END MARK SCHEME",
}
_PLACES = ("IncludeHeaderFooter.header", "IncludeHeaderFooter.footer")
_SOURCE = "CourseDirectory.source_directory"
_COURSE = "CourseDirectory.course_id"
_CHANGING = ("Clear", "Lock", "GenerateAssignment", "InstantiateTests", "Include", "Exporter")
_UNREADABLE = object()


@dataclass(frozen=True)
class Config:
    """What matters of it; empty strings where nothing is said. Paths are inside its folder."""

    header: str = ""
    footer: str = ""
    source_directory: str = "source"
    course_id: str = ""
    markers: Mapping[str, str] | None = None
    """Words that mark a region there -> the words that mark it here."""
    notes: tuple[Note, ...] = ()


def read(folder: Path) -> Config:
    """Read the configuration in a folder, if there is one. Raises InvalidInput."""
    settings: dict[str, Any] = {}
    for name, reader in ((JSON, _of_json), (PYTHON, _of_python)):
        path = folder / name
        if path.is_file():
            try:
                settings |= reader(path.read_text(encoding="utf-8"))
            except (SyntaxError, ValueError) as error:
                raise InvalidInput(
                    f"{path}: cannot be read: {error}.", hint="Mend the line it names."
                ) from None
    return _config(folder, settings)


def _of_python(text: str) -> dict[str, Any]:
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                name = ast.unparse(target).removeprefix("c.")
                if isinstance(target, ast.Attribute) and name.count(".") == 1:
                    found[name] = _literal(node.value)
    return found


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _UNREADABLE


def _of_json(text: str) -> dict[str, Any]:
    raw = json.loads(text)
    tables = raw.items() if isinstance(raw, dict) else ()
    return {
        f"{table}.{key}": value
        for table, values in tables
        if isinstance(values, dict)
        for key, value in values.items()
    }


def _config(folder: Path, settings: Mapping[str, Any]) -> Config:
    markers = {}
    for name, words in _MARKERS.items():
        if name in settings:
            theirs = settings[name]
            if not isinstance(theirs, str) or not theirs.strip():
                raise InvalidInput(
                    f"{folder / PYTHON}: c.{name}: its value cannot be told without running it.",
                    hint="Write it as a plain string: it marks what trainees must not see.",
                )
            markers[theirs] = words
    known = (*_MARKERS, *_PLACES, _SOURCE, _COURSE)
    notes = [
        Note(PYTHON, f"c.{name} is not followed.")
        for name, value in settings.items()
        if (name.startswith(_CHANGING) and name not in known)
        or (name in known and value is _UNREADABLE)
    ]
    header, footer, course_id = (_text(settings, name) for name in (*_PLACES, _COURSE))
    source = _text(settings, _SOURCE) or "source"
    return Config(header, footer, source, course_id, markers, tuple(notes))


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    return value if isinstance(value, str) else ""
