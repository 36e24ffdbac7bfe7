"""Lessons of the course `welcome` as a trainee gets them: filled in, run, and read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

_PLACEHOLDER = "# YOUR CODE HERE"
_CELL_S = 60


class Lesson:
    """One notebook of a course that was built into `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.notebook: NotebookNode = nbformat.read(folder / f"{name}.ipynb", as_version=4)

    def fill(self, answers: Mapping[str, str]) -> None:
        """Write code, by the id of the cell, where the trainee is asked for it."""
        for cell_id, answer in answers.items():
            self.cell(cell_id).source = self._filled(cell_id, answer)

    def try_all(self, exercise: str, attempts: Iterable[str]) -> list[str]:
        """Hand in each attempt, one after another in one session; return what the check shows."""
        answer, check = f"{exercise}-answer", f"{exercise}-check"
        self.until(check)
        sources = [self._filled(answer, one) for one in attempts]
        for source in sources:
            self.add(source)
            self.add(self.cell(check).source)
        return list(self.run().values())[-len(sources) :]

    def cell(self, cell_id: str) -> NotebookNode:
        """Return the cell of that id."""
        (found,) = [cell for cell in self.notebook.cells if cell.id == cell_id]
        return found

    def _filled(self, cell_id: str, answer: str) -> str:
        before, mark, _ = self.cell(cell_id).source.partition(_PLACEHOLDER)
        assert mark, f"{cell_id} asks for nothing"
        indent = before.rpartition("\n")[2]
        return before + answer.replace("\n", f"\n{indent}")

    def until(self, cell_id: str) -> None:
        """Leave out what comes after that cell."""
        ids = [cell.id for cell in self.notebook.cells]
        self.notebook.cells = self.notebook.cells[: ids.index(cell_id) + 1]

    def add(self, source: str, *, first: bool = False) -> None:
        """Add a cell of the trainee's own, at the end or before all others."""
        cell = new_code_cell(source)
        self.notebook.cells.insert(0 if first else len(self.notebook.cells), cell)

    def run(self, language: str = "en") -> dict[str, str]:
        """Run every cell; return what each one that displays or prints something shows, by id.

        A cell that stops with an error is an error here too, but for a placeholder.
        """
        NotebookClient(
            self.notebook,
            timeout=_CELL_S,
            kernel_name="python3",
            resources={"metadata": {"path": str(self._folder)}},
        ).execute(env={**os.environ, "ONBOARD_LANGUAGE": language, "OMP_NUM_THREADS": "1"})
        code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        return {cell.id: "".join(map(_text, cell.outputs)) for cell in code if cell.outputs}


def _text(output: NotebookNode) -> str:
    return str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) + "\n"
