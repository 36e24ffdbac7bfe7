"""What a code cell holds, as Python's own parser sees it; nothing is run. Pure."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from tokenize import TokenError

_NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError, TokenError)
_IPYTHON = re.compile(r"^\s*[%!?]|[!?]", re.MULTILINE)
"""What a line with a magic or a shell escape has in it."""


@dataclass(frozen=True)
class Call:
    """A call: the dotted name of what is called, as written, and its node."""

    name: str
    node: ast.Call

    @property
    def last(self) -> str:
        """The last part of the name: `savefig` for `plt.gcf().savefig`."""
        return self.name.rpartition(".")[2]

    def keyword(self, name: str) -> ast.expr | None:
        """Return the value given to that keyword."""
        return next((one.value for one in self.node.keywords if one.arg == name), None)

    @property
    def first(self) -> object:
        """The first positional argument if it is a literal, else None."""
        return literal(self.node.args[0]) if self.node.args else None


def parse(text: str) -> ast.Module:
    """Return the cell as Python; magics become calls of `get_ipython()`, as in IPython.

    A cell that is no Python is an empty one: that is for the kernel to say.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in somebody's cell is not ours to report
        try:
            return ast.parse(text)
        except _NOT_PYTHON:
            return _without_magics(text)


def _without_magics(text: str) -> ast.Module:
    try:
        if _IPYTHON.search(text):
            # Most courses need not wait 0.1 s for this.
            from IPython.core.inputtransformer2 import TransformerManager

            # It drops empty lines at the start, and a finding names a line.
            empty = text[: len(text) - len(text.lstrip())].count("\n")
            code: str = TransformerManager().transform_cell(text)
            return ast.parse("\n" * empty + code)
    except _NOT_PYTHON:
        pass
    return ast.Module([], [])


def calls(tree: ast.AST) -> Iterator[Call]:
    """Yield every call in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield Call(dotted(node.func), node)


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield every string in it, also those that are parts of f-strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the top-level name of every package that it imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def dotted(node: ast.expr) -> str:
    """Return a name with its dots, `?` for what is not a name: `plt.axes`, `?.savefig`."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        else:
            node = node.func if isinstance(node, ast.Call) else node.value
    parts.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))


def literal(node: ast.expr | None) -> object:
    """Return the value of a plain constant, else None."""
    return node.value if isinstance(node, ast.Constant) else None
