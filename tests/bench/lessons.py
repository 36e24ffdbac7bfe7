"""Generated courses: lessons that import the usual libraries and compute a little."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

_HEAD = """
id = "{id}"
version = "1.0.0"
title = "Generated"
summary = "Lessons for a benchmark."
authors = ["A benchmark"]
licence = "CC0-1.0"
"""
_LESSON = """
[[lessons]]
id = "lesson-{number:03}"
title = "Lesson {number}"
summary = "Numbers, a table, a picture, a model."
notebook = "lesson-{number:03}.ipynb"
duration_minutes = 10
"""
_CELLS = """
import numpy as np
import pandas as pd
---
import matplotlib.pyplot as plt
from sklearn.linear_model import LinearRegression
---
rng = np.random.default_rng({number})
x = rng.normal(size=(2000, 3))
y = x @ np.array([1.0, -2.0, 0.5]) + rng.normal(size=2000)
print(x.shape, round(float(x.mean()), 6))
---
table = pd.DataFrame(x, columns=list("abc")).assign(y=y)
print(table.groupby(table.a > 0).y.mean().round(4).to_dict())
---
model = LinearRegression().fit(x, y)
print(model.coef_.round(3).tolist())
---
fig, ax = plt.subplots(figsize=(4, 3))
ax.scatter(x[:200, 0], y[:200], s=4)
ax.set(xlabel="a", ylabel="y", title="Lesson {number}")
plt.show()
---
print(sum(i * i for i in range(20_000)))
"""


def write_course(folder: Path, lessons: int, *, name: str = "generated") -> list[Path]:
    """Write a course of so many lessons into the new folder; return its notebooks."""
    folder.mkdir(parents=True)
    manifest = [_HEAD.format(id=name)]
    notebooks = []
    for number in range(1, lessons + 1):
        manifest.append(_LESSON.format(number=number))
        notebooks.append(_write_notebook(folder, number))
    (folder / "course.toml").write_text("".join(manifest))
    return notebooks


def change_code(notebook: Path) -> None:
    """Change a line of code, and nothing that it prints."""
    _edit(notebook, "code", "range(20_000)", "range(0, 20_000)")


def change_text(notebook: Path) -> None:
    """Change a word of the text."""
    _edit(notebook, "markdown", "numbers", "figures")


def _write_notebook(folder: Path, number: int) -> Path:
    cells = [new_markdown_cell(f"# Lesson {number}\n\nSome numbers.", id="title")]
    for place, text in enumerate(_CELLS.strip().split("\n---\n")):
        source = text.replace("{number}", str(number))
        cells += [
            new_markdown_cell(f"Step {place + 1}.", id=f"step-{place}"),
            new_code_cell(source, id=f"cell-{place}"),
        ]
    path = folder / f"lesson-{number:03}.ipynb"
    spec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": spec}), path)
    return path


def _edit(notebook: Path, kind: str, old: str, new: str) -> None:
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        if cell.cell_type == kind:
            cell.source = cell.source.replace(old, new)
    nbformat.write(content, notebook)
