"""A course with one lesson, and what the linter finds in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from courses.lint.run import findings

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@dataclass(frozen=True)
class Given:
    """A course: the cells of its lesson, other files, and more lines for course.toml."""

    cells: Sequence[NotebookNode] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    top: str = ""
    end: str = ""
    metadata: Mapping[str, object] = field(default_factory=lambda: PYTHON)

    def write(self, maker) -> Path:
        manifest = maker.folder / "course.toml"
        manifest.write_text(self.top + manifest.read_text())
        maker.lesson(self.cells)
        manifest.write_text(manifest.read_text() + self.end)
        notebook = nbformat.read(maker.folder / "one.ipynb", as_version=4)
        notebook.metadata.update(self.metadata)
        nbformat.write(notebook, maker.folder / "one.ipynb")
        for name, content in self.files.items():
            path = maker.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return maker.folder


@pytest.fixture
def found(maker) -> Callable[..., dict[str, str]]:
    """Return what is found in a course with these cells: the rule, and the finding as printed."""

    def found(*cells: NotebookNode, **others: object) -> dict[str, str]:
        folder = Given(cells, **others).write(maker)
        return {one.rule: str(one) for one in findings(folder)}

    return found
