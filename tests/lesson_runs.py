"""A lesson as a trainee gets it: some exercises filled in, the others left alone, run and read."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from courses.learn.widgets import STATE

COURSE = Path(__file__).parents[1] / "notebooks" / "welcome"
LIMIT_S = 200

_SOLUTION = re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION", re.DOTALL | re.MULTILINE)
_STUB = re.compile(r"^( *)# YOUR CODE HERE\n *raise NotImplementedError\(\)", re.MULTILINE)
_JUDGED = re.compile(r"^ *exercise\(\s*\"([a-z0-9-]+)\"", re.MULTILINE)


def solutions(source: NotebookNode) -> dict[str, str]:
    """Return what an author wrote between the markers, by the id of the exercise."""
    bodies = {
        cell.id: textwrap.dedent(found[1])
        for cell in source.cells
        if (found := _SOLUTION.search(cell.source))
    }
    return {name: bodies[cell] for cell, name in _exercises(source).items()}


def filled(trainee: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """Return a trainee's version with answers, by the id of the exercise, in their places."""
    names = _exercises(trainee)
    assert answers.keys() <= set(names.values())
    for cell in trainee.cells:
        if names.get(cell.id) in answers:
            cell.source = _answered(cell, answers[names[cell.id]])
    return trainee


def run(notebook: NotebookNode, folder: Path, **env: str) -> NotebookNode:
    """Run every cell in that folder, with these variables beside the test's own."""
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=LIMIT_S, kernel_name="python3", resources=where)
    client.execute(env={**os.environ, **env})
    return notebook


def states(ran: NotebookNode) -> dict[str, str]:
    """Return how each exercise of a run came out."""
    return {said["id"]: said["state"] for said in (data[STATE] for data in _shown(ran))}


def panels(ran: NotebookNode) -> dict[str, str]:
    """Return what each exercise of a run said, in plain text."""
    return {data[STATE]["id"]: data["text/plain"] for data in _shown(ran)}


class Lesson:
    """One notebook of a course that was built into `folder`, to which a trainee adds cells."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self.notebook: NotebookNode = nbformat.read(folder / f"{name}.ipynb", as_version=4)

    def fill(self, answers: Mapping[str, str]) -> None:
        """Write answers, by the id of the exercise, in their places."""
        filled(self.notebook, answers)

    def try_all(self, exercise: str, attempts: Iterable[str]) -> list[str]:
        """Hand in each attempt, one after another in one session; return what the check shows."""
        names = _exercises(self.notebook)
        (asked,) = [cell for cell in self.notebook.cells if names.get(cell.id) == exercise]
        (check,) = [cell for cell in self.notebook.cells if _judged(cell) == exercise]
        sources = [_answered(asked, one) for one in attempts]
        self.until(check.id)
        for source in sources:
            self.add(source)
            self.add(check.source)
        return list(self.run().values())[-len(sources) :]

    def cell(self, cell_id: str) -> NotebookNode:
        """Return the cell of that id."""
        (found,) = [cell for cell in self.notebook.cells if cell.id == cell_id]
        return found

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
        run(self.notebook, self._folder, ONBOARD_LANGUAGE=language, OMP_NUM_THREADS="1")
        code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        return {cell.id: "".join(map(_text, cell.outputs)) for cell in code if cell.outputs}


def _text(output: NotebookNode) -> str:
    return str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", "")) + "\n"


def _shown(ran: NotebookNode) -> Iterator[NotebookNode]:
    for cell in ran.cells:
        for output in cell.get("outputs", []):
            if STATE in output.get("data", {}):
                yield output.data


def _exercises(notebook: NotebookNode) -> dict[str, str]:
    """Return cells that are to be filled in, each with the exercise that judges it: the next."""
    found, waiting = {}, []
    for cell in notebook.cells:
        if _STUB.search(cell.source) or _SOLUTION.search(cell.source):
            waiting.append(cell.id)
        elif judged := _judged(cell):
            found |= dict.fromkeys(waiting, judged)
            waiting = []
    return found


def _judged(cell: NotebookNode) -> str:
    """Return the exercise that this cell judges, if any."""
    found = _JUDGED.search(cell.source)
    return found[1] if found else ""


def _answered(cell: NotebookNode, answer: str) -> str:
    said = textwrap.dedent(answer).strip("\n")
    return _STUB.sub(lambda at: textwrap.indent(said, at[1]), cell.source)
