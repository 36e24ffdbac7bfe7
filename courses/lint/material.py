"""What the rules look at: a course, its files and its notebooks, each read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from nbformat import NotebookNode

from courses.authoring import manifest
from courses.authoring.content import content_files
from courses.authoring.manifest import MANIFEST, Course, Lesson
from courses.authoring.source import Source, read
from courses.lint import catalogues, markdown, python
from courses.lint.catalogues import Catalogue
from courses.lint.markdown import Markdown
from courses.lint.python import Call
from courses.lint.rule import Place, Problem
from spawners.errors import InvalidInput


@dataclass(frozen=True)
class Cell:
    """A cell, as far as rules ask about it."""

    place: Place
    node: NotebookNode

    @property
    def text(self) -> str:
        """Its source."""
        return str(self.node.source)

    @property
    def metadata(self) -> dict[str, Any]:
        """Its metadata, which may hold any JSON."""
        return dict(self.node.metadata)

    def under(self, key: str) -> dict[str, Any]:
        """Return the table of that name in its metadata; empty for anything else."""
        found = self.metadata.get(key)
        return dict(found) if isinstance(found, dict) else {}

    @property
    def is_code(self) -> bool:
        """Whether the kernel runs it."""
        return bool(self.node.cell_type == "code")

    @property
    def is_folded(self) -> bool:
        """Whether JupyterLab shows `•••` in place of its code."""
        return self.under("jupyter").get("source_hidden") is True

    @property
    def outputs(self) -> list[NotebookNode]:
        """Its stored outputs."""
        return list(self.node.get("outputs", ()))

    @cached_property
    def markdown(self) -> Markdown:
        """What it holds if it is a text cell."""
        is_text = self.node.cell_type == "markdown"
        return markdown.parse(self.text) if is_text else Markdown()

    @cached_property
    def tree(self) -> ast.Module:
        """What it holds if it is a code cell."""
        return python.parse(self.text) if self.is_code else ast.Module([], [])

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call in its code."""
        return tuple(python.calls(self.tree))

    @cached_property
    def strings(self) -> tuple[ast.Constant, ...]:
        """Every string in its code."""
        return tuple(python.strings(self.tree))

    def problem(self, message: str, fix: str, at: ast.AST | None = None) -> Problem:
        """Return a problem of this cell; `at` adds that node's line in the cell."""
        line = getattr(at, "lineno", None)
        where = f"line {line} of the cell: " if line else ""
        return Problem(self.place, where + message, fix)


@dataclass(frozen=True)
class Notebook:
    """A notebook of the course, and the lesson that it is, if it is one."""

    source: Source
    lesson: Lesson | None

    @property
    def path(self) -> str:
        """Its path inside the course."""
        return self.source.name

    @property
    def place(self) -> Place:
        """Where it starts."""
        return Place(self.path)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Its cells, in order."""
        return tuple(
            Cell(Place(self.path, self.source.lines.get(node.id, 1), node.id), node)
            for node in self.source.notebook.cells
        )

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What a link into it may end in."""
        return frozenset(one.anchor for cell in self.cells for one in cell.markdown.headings)

    @cached_property
    def packages(self) -> frozenset[str]:
        """The packages that its cells import."""
        return frozenset(name for cell in self.cells for name in python.imported(cell.tree))


@dataclass(frozen=True)
class Material:
    """A course folder: its manifest, its files, the notebooks among them, and what is unreadable.

    `files` are paths inside the folder, with / between folders.
    """

    folder: Path
    course: Course
    files: frozenset[str]
    notebooks: tuple[Notebook, ...]
    unreadable: tuple[Problem, ...]

    @property
    def cells(self) -> Iterator[Cell]:
        """Every cell of every notebook."""
        for notebook in self.notebooks:
            yield from notebook.cells

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that its files are in, the course's own as `.`."""
        return frozenset(str(one) for path in self.files for one in PurePosixPath(path).parents)

    @cached_property
    def catalogues(self) -> tuple[Catalogue, ...]:
        """Its translations, one for each language but that of its notebooks."""
        languages = dict.fromkeys(self.course.languages)
        return tuple(
            catalogues.read(self.folder, one) for one in languages if one != self.course.language
        )

    @cached_property
    def _manifest_lines(self) -> list[str]:
        return (self.folder / MANIFEST).read_text(encoding="utf-8").splitlines()

    def in_manifest(self, value: str) -> Place:
        """Return the first line of course.toml that has this value in quotes, else its start."""
        numbered = enumerate(self._manifest_lines, start=1)
        return Place(MANIFEST, next((at for at, line in numbered if f'"{value}"' in line), 1))


def load(folder: Path) -> Material:
    """Read the course in `folder`.

    Raises InvalidInput where the manifest is wrong, or something in the folder is no file.
    A notebook that cannot be read is a problem, so that the others are still looked at.
    """
    course = manifest.load(folder)
    paths = [path.as_posix() for path in content_files(folder)]
    lessons = {lesson.notebook: lesson for lesson in course.lessons}
    notebooks: list[Notebook] = []
    unreadable: list[Problem] = []
    for path in paths:
        if not path.endswith(".ipynb"):
            continue
        try:
            notebooks.append(Notebook(read(folder / path, path), lessons.get(path)))
        except InvalidInput as error:
            message = error.message.removeprefix(f"{path}: ")
            unreadable.append(Problem(Place(path), message, error.hint))
    return Material(folder, course, frozenset(paths), tuple(notebooks), tuple(unreadable))
