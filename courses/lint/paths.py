"""Paths that are there on one machine only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from courses.lint.material import Material
from courses.lint.rule import Problem, Rule, error, warning

_ABSOLUTE = re.compile(
    r"""(?<![\w.:/\\~-])    # not within an address or another path
    (?: /(?:home|root|Users|users|projects?|scratch|work|mnt|lustre|gpfs|pfs|flash
          |leonardo|leonardo_work|leonardo_scratch)(?![\w.-])[\w./-]*
      | ~\w*/[\w./-]*
      | [A-Za-z]:\\+[\w.\\-]*
    )""",
    re.VERBOSE,
)
_FIX = "Name a file of the course, as a path from this notebook's folder."


def _in_code(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        for node in cell.strings:
            for path in _paths(str(node.value)):
                yield cell.problem(f"{path} is not there on every machine.", _FIX, at=node)


def _in_text(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        read = cell.markdown
        for text in (read.prose, *read.code_blocks):
            for path in _paths(text):
                yield cell.problem(f"{path} is not there on every machine.", _FIX)


def _paths(text: str) -> Iterator[str]:
    if text.strip() == "~":
        yield "~"
    yield from (found.group().rstrip(".") for found in _ABSOLUTE.finditer(text))


RULES: tuple[Rule, ...] = (
    error("path-in-code", _in_code),
    warning("path-in-text", _in_text),
)
