"""Which modules the lessons import, and which warm processes serve them best. Pure.

A lesson's kernel may have loaded only what the lesson itself imports: else a missing import would
go unseen.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    # A kernel asks for its class when it starts, and that brings debugpy with it.
    "ipykernel.debugger",
    "courses.validation.kernel",
)
"""What every kernel has loaded, before a lesson says a word."""

_FIGURES = ("matplotlib_inline.backend_inline", "matplotlib.backends.backend_agg")
"""What ipykernel loads at the first figure."""
# They start threads, or take hold of a device or a network, as soon as they are imported.
_NOT_FORKED = {"cupy", "dask", "grpc", "jax", "mpi4py", "pyspark", "ray", "tensorflow"}
_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def imports_of(cells: Iterable[str], own_files: Iterable[str]) -> frozenset[str]:
    """Return the modules that the code cells import at their top level, less the course's own.

    `own_files` are the files beside the notebook: a helper module is loaded by the lesson itself.
    """
    own = {PurePosixPath(path).parts[0].removesuffix(".py") for path in own_files}
    found = {name for cell in cells for name in _imported(cell)}
    found = {name for name in found if name.partition(".")[0] not in own | _NOT_FORKED}
    if any(name.partition(".")[0] == "matplotlib" for name in found):
        found |= set(_FIGURES)
    return frozenset(found)


def _imported(cell: str) -> Iterator[str]:
    try:
        tree = ast.parse(_MAGIC.sub("", cell))
    except (SyntaxError, ValueError):
        return
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (one.name for one in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module
            # A name may be a module too; where it is not, nothing is loaded for it.
            yield from (f"{statement.module}.{one.name}" for one in statement.names)


def worth_warming(lessons: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Return the sets of modules that more than one lesson imports, smaller ones first."""
    shared = [one for one, count in Counter(lessons).items() if count > 1 and one]
    return sorted(shared, key=lambda one: (len(one), sorted(one)))


def best_for(imports: frozenset[str], warm: Iterable[frozenset[str]]) -> frozenset[str]:
    """Return the largest of the warm sets that holds nothing but these imports; none is empty."""
    return max((one for one in warm if one <= imports), key=len, default=frozenset())
