"""What instructors and trainees do to notebooks, drawn by hypothesis.

Each edit leaves a text that nobody else writes: `i7` is an instructor's, `t7` a trainee's, `out 7`
what a run printed. So what must still be there afterwards is known without a second merge.
"""

from __future__ import annotations

import copy
from itertools import count

from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

INSTRUCTOR = ("edit", "add", "remove", "move", "retype", "tag")
TRAINEE = (
    *("edit", "add", "remove", "move", "duplicate", "copy with its id", "split"),
    *("run", "clear", "attach", "retype", "tag"),
)


def edits(names, most):
    places = st.integers(0, 9)
    return st.lists(st.tuples(st.sampled_from(names), places, places), max_size=most)


ROUNDS = st.lists(st.tuples(edits(TRAINEE, 8), edits(INSTRUCTOR, 6)), min_size=1, max_size=3)
"""Per upgrade: what the trainee did before it, and what the instructor did."""


class Hand:
    """One person who edits; `mark` is the first letter of all that they write."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.numbers = count(1)

    def text(self) -> str:
        return f"{self.mark}{next(self.numbers)}\n{self.mark} "

    def new_id(self) -> str:
        return f"{self.mark}-{next(self.numbers)}"

    def new_cell(self) -> NotebookNode:
        return new_code_cell(self.text(), id=self.new_id())

    def edited(self, notebook: NotebookNode, edits) -> NotebookNode:
        notebook = copy.deepcopy(notebook)
        for name, where, there in edits:
            cells = notebook.cells
            if name == "add" or not cells:
                cells.insert(where % (len(cells) + 1), self.new_cell())
            else:
                getattr(self, "_" + name.replace(" ", "_"))(cells, where % len(cells), there)
        return notebook

    def _edit(self, cells, i, _):
        cells[i].source += f" {self.text()}"

    def _remove(self, cells, i, _):
        del cells[i]

    def _move(self, cells, i, there):
        cells.insert(there % len(cells), cells.pop(i))

    def _duplicate(self, cells, i, there):
        cells.insert(there % len(cells), NotebookNode(copy.deepcopy(cells[i]), id=self.new_id()))

    def _copy_with_its_id(self, cells, i, _):
        cells.insert(i + 1, copy.deepcopy(cells[i]))

    def _split(self, cells, i, _):
        half = len(cells[i].source) // 2
        rest = new_code_cell(cells[i].source[half:] + self.text(), id=self.new_id())
        cells[i].source = cells[i].source[:half] + self.text()
        cells.insert(i + 1, rest)

    def _run(self, cells, i, _):
        if cells[i].cell_type == "code":
            cells[i].execution_count = next(self.numbers)
            text = f"out {next(self.numbers)}"
            cells[i].outputs = [new_output("stream", name="stdout", text=text)]

    def _clear(self, cells, i, _):
        if cells[i].cell_type == "code":
            cells[i].execution_count, cells[i].outputs = None, []

    def _attach(self, cells, i, _):
        if cells[i].cell_type == "markdown":
            cells[i].attachments = {f"{self.text().strip()}.png": {"image/png": "aGVsbG8="}}

    def _retype(self, cells, i, _):
        other = new_markdown_cell if cells[i].cell_type == "code" else new_code_cell
        cells[i] = other(self.text(), id=cells[i].id)

    def _tag(self, cells, i, _):
        cells[i].metadata[self.text().strip()] = {"nested": [1, True]}
