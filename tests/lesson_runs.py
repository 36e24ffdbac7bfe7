"""A lesson run as a trainee runs it: some exercises filled in, the others left alone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from courses.learn.widgets import STATE

COURSE = Path(__file__).parents[1] / "notebooks" / "welcome"
LIMIT_S = 200

_SOLUTION = re.compile(r"^ *### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION", re.DOTALL | re.MULTILINE)
_STUB = re.compile(r"^( *)# YOUR CODE HERE\n *raise NotImplementedError\(\)", re.MULTILINE)


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
    for cell in trainee.cells:
        if names.get(cell.id) in answers:
            answer = answers[names[cell.id]]
            cell.source = _STUB.sub(lambda at, says=answer: _indented(says, at[1]), cell.source)
    return trainee


def run(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Run every cell in that folder."""
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=LIMIT_S, kernel_name="python3", resources=where).execute()
    return notebook


def states(ran: NotebookNode) -> dict[str, str]:
    """Return how each exercise of a run came out."""
    return {said["id"]: said["state"] for said in (data[STATE] for data in _shown(ran))}


def panels(ran: NotebookNode) -> dict[str, str]:
    """Return what each exercise of a run said, in plain text."""
    return {data[STATE]["id"]: data["text/plain"] for data in _shown(ran)}


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
        elif judged := re.search(r"^ *exercise\(\s*\"([a-z0-9-]+)\"", cell.source, re.MULTILINE):
            found |= dict.fromkeys(waiting, judged[1])
            waiting = []
    return found


def _indented(answer: str, by: str) -> str:
    return textwrap.indent(textwrap.dedent(answer).strip("\n"), by)
