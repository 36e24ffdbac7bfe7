"""Small courses for tests: `a_course` writes one, `code` and `said` make its cells."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from release_site import ReleaseSite

from courses.validation import job as jobs
from courses.validation.record import LessonResult
from spawners.machine import Environment, Machine, SessionSize

MANIFEST = """
id = "tiny"
version = "1.2.3"
title = "Tiny"
summary = "A course for tests."
authors = ["A. Author"]
licence = "CC-BY-4.0"
"""
LESSON = """
[[lessons]]
id = "{id}"
title = "Lesson {id}"
summary = "One."
notebook = "{id}.ipynb"
duration_minutes = 5
needs = {{ gpu = "{gpu}" }}
budget = {{ cell_s = {cell_s}, lesson_s = {lesson_s} }}
"""


class Maker:
    """Writes courses and notebooks into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "course.toml").write_text(MANIFEST)

    def lesson(
        self,
        cells: Sequence[NotebookNode],
        *,
        id: str = "one",  # noqa: A002
        gpu: str = "none",
        cell_s: int = 30,
        lesson_s: int = 60,
    ) -> Path:
        path = self.folder / f"{id}.ipynb"
        nbformat.write(new_notebook(cells=list(cells)), path)
        with (self.folder / "course.toml").open("a") as file:
            file.write(LESSON.format(id=id, gpu=gpu, cell_s=cell_s, lesson_s=lesson_s))
        return self.folder

    @staticmethod
    def code(source: str, stdout: str | None = None, *, id: str = "cell") -> NotebookNode:  # noqa: A002
        """A cell; with `stdout`, one that was run and printed that."""
        cell = new_code_cell(source, id=id)
        if stdout is not None:
            cell.execution_count = 1
            cell.outputs = [new_output("stream", name="stdout", text=stdout)] if stdout else []
        return cell

    @staticmethod
    def text(source: str, *, id: str = "text") -> NotebookNode:  # noqa: A002
        return new_markdown_cell(source, id=id)


class Log:
    """A `Watch` that remembers."""

    def __init__(self) -> None:
        self.seen: list[jobs.Progress | str] = []
        self.results: list[LessonResult] = []
        self.on_cell: Callable[[jobs.Progress], None] = lambda _: None

    def at(self, lesson: object, where: jobs.Progress | str) -> None:
        self.seen.append(where)
        if isinstance(where, jobs.Progress):
            self.on_cell(where)

    def finished(self, result: LessonResult) -> None:
        self.results.append(result)


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "tiny")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def machine() -> Machine:
    """A machine without a GPU."""
    size = SessionSize(name="small", title="Small", cpus=2, memory_mib=4096, time_limit_s=3600)
    environment = Environment(name="default", title="Default", path="/opt/env")
    return Machine(name="here", batch="local", sizes=(size,), environments=(environment,))


@pytest.fixture
def release_site(maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReleaseSite:
    """A site of its own, with a key and a folder for temporary files of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return ReleaseSite(tmp_path, maker.lesson([maker.code("print(1)", "1\n")]))
