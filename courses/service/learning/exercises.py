"""Which exercises and quizzes the lessons of a release have, and how they are called.

Read from its notebooks, never run. Only what a call says in plain words is found: an id that a
cell works out is known from the events that bring it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from courses.catalogue import PublishedCourse
from courses.lesson_language import notebook_for

Titles = Mapping[str, Mapping[str, str]]
"""Of each lesson's id: its exercises' ids, in their order, and their titles.

A lesson of which nobody knows is not in it; one without exercises has none.
"""

NOBODY_KNOWS: Titles = MappingProxyType({})
LONGEST = 80
"""Of a title that is a quiz's question, in characters."""

_TITLED_BY = {"exercise": "title", "quiz": "question"}
# What IPython alone understands, on a line of its own.
_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def titles(course: PublishedCourse, language: str) -> Titles:
    """Return the exercises of a release, in a language of it. Reads its notebooks once: blocks."""
    found = {
        lesson.id: _of_notebook(course.path / notebook_for(course, lesson, language))
        for lesson in course.manifest.lessons
    }
    return {lesson: said for lesson, said in found.items() if said is not None}


# A release stays as it is: what was read of it once is so for good.
@lru_cache(maxsize=1024)
def _of_notebook(path: Path) -> Mapping[str, str] | None:
    try:
        notebook = json.loads(path.read_bytes())
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return MappingProxyType(dict(found for source in sources for found in _calls(source)))


def _calls(source: str) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError):
        return  # not Python, or not yet: trainees complete it
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (titled_by := _TITLED_BY.get(_last_name(node.func))):
            said = {one.arg: _text(one.value) for one in node.keywords}
            name = _text(node.args[0]) if node.args else said.get(f"{_last_name(node.func)}_id")
            if name:
                yield name, _short(said.get(titled_by) or name)


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(value: ast.expr) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return ""


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
