"""What a notebook says of its kernel and its last run."""

from __future__ import annotations

from collections.abc import Iterator

from courses.lint.material import Cell, Material, Notebook
from courses.lint.rule import Problem, Rule, error, warning

_KERNEL = "python3"
NBVAL_TAGS = frozenset(
    {
        "nbval-check-output",
        "nbval-ignore-output",
        "nbval-raises-exception",
        "nbval-skip",
        "pytest-validate-ignore-output",
        "raises-exception",
    }
)
"""What nbval acts on (`metadata_tags` in nbval.plugin 0.11)."""
_FOR_NBVAL = ("nbval", "pytest-validate", "raises")


def _kernel(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        spec = notebook.source.notebook.metadata.get("kernelspec")
        name = spec.get("name") if isinstance(spec, dict) else None
        if name != _KERNEL:
            yield Problem(
                notebook.place,
                f"Its kernel is {name or 'not named'}, which a session may not have.",
                f"Choose the kernel {_KERNEL} in Jupyter, and save.",
            )


def _order(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        last = 0
        for cell, count in _counted(notebook):
            if count <= last:
                yield cell.problem(
                    f"It was run as number {count}, after number {last} above it: it may need "
                    "what is no longer written here.",
                    "Restart the kernel, run all cells, and save.",
                )
            last = count


def _counted(notebook: Notebook) -> Iterator[tuple[Cell, int]]:
    for cell in notebook.cells:
        count = cell.node.get("execution_count")
        if cell.is_code and isinstance(count, int):
            yield cell, count


def _not_counted(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        if cell.outputs and cell.node.get("execution_count") is None:
            yield cell.problem(
                "It has outputs, but no number of the run that made them.",
                "Restart the kernel, run all cells, and save.",
            )


def _unknown_tag(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        tags = cell.metadata.get("tags")
        for tag in tags if isinstance(tags, list) else []:
            if str(tag).startswith(_FOR_NBVAL) and tag not in NBVAL_TAGS:
                yield cell.problem(
                    f"The tag {tag} means nothing to nbval.",
                    f"Use one of {', '.join(sorted(NBVAL_TAGS))}.",
                )


RULES: tuple[Rule, ...] = (
    error("kernel", _kernel),
    warning("run-order", _order),
    warning("run-unknown", _not_counted),
    warning("unknown-tag", _unknown_tag),
)
