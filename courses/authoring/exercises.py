"""Which cells of a notebook call a function of courses.learn. Pure; no cell is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterable, Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from courses.authoring import stubs

_PACKAGE = "courses.learn"
_MODULES = (_PACKAGE, f"{_PACKAGE}.widgets")
_EXERCISE = "exercise"
# What follows these on the next lines is the notebook's own Python; after others it is not.
_PYTHON_MAGIC = re.compile(r"\A\s*%%(time|capture)\b.*")


def exercise_calls(notebook: NotebookNode) -> frozenset[str]:
    """Return the ids of the cells that call it, by whatever name the notebook imported it."""
    return frozenset(calls_by_cell(notebook, _EXERCISE))


def calls_by_cell(notebook: NotebookNode, function: str) -> dict[str, tuple[ast.Call, ...]]:
    """Return the calls of a function of courses.learn in each cell that has any, by cell id."""
    trees = _trees(notebook)
    names = _spellings(trees.values(), function)
    found = {cell_id: tuple(calls_of(tree, names)) for cell_id, tree in trees.items()}
    return {cell_id: calls for cell_id, calls in found.items() if calls}


def exercise_names(notebook: NotebookNode) -> frozenset[str]:
    """Return how the notebook's imports let a cell spell it: `exercise`, `learn.exercise`."""
    return _spellings(_trees(notebook).values(), _EXERCISE)


def calls_of(tree: ast.AST, names: Collection[str]) -> Iterator[ast.Call]:
    """Yield the calls of any of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _spelled(node.func) in names:
            yield node


def _trees(notebook: NotebookNode) -> dict[str, ast.Module]:
    if stubs.language(notebook) != "python":
        return {}
    return {
        cell.id: tree
        for cell in notebook.cells
        if cell.cell_type == "code" and (tree := _parsed(cell.source)) is not None
    }


def _parsed(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            # An author's "\d" is not ours to complain about.
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            code: str = TransformerManager().transform_cell(_PYTHON_MAGIC.sub("", source, count=1))
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return None  # that it does not run is for validation to say


def _spellings(trees: Iterable[ast.Module], function: str) -> frozenset[str]:
    return frozenset(name for tree in trees for name in _names(tree, function))


def _names(tree: ast.Module, function: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                if node.module in _MODULES and alias.name in (function, "*"):
                    yield function if alias.name == "*" else name
                elif f"{node.module}.{alias.name}" in _MODULES:
                    yield f"{name}.{function}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _MODULES:
                    yield f"{alias.asname or alias.name}.{function}"


def _spelled(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_spelled(node.value)}.{node.attr}"
    return ""
