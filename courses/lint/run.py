"""Every rule over one course."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from courses.lint import (
    code,
    contrast,
    data,
    headings,
    images,
    kernel,
    languages,
    lessons,
    links,
    network,
    paths,
    reading,
)
from courses.lint.finding import Finding
from courses.lint.material import Cell, Material, load
from courses.lint.rule import Problem, Rule, error


def findings(folder: Path) -> tuple[Finding, ...]:
    """Hold the course in `folder` against every rule; return what is to be mended, by place.

    Raises InvalidInput where course.toml is wrong, or something in the folder is no file.
    """
    return look(load(folder))


def look(material: Material) -> tuple[Finding, ...]:
    """Hold a course that is read already against every rule."""
    allowed = {(cell.place.file, cell.place.cell): _allowed(cell) for cell in material.cells}
    found = (
        rule.finding(problem)
        for rule in RULES
        for problem in rule.check(material)
        if rule.name not in allowed.get((problem.place.file, problem.place.cell), ())
    )
    return tuple(sorted(found, key=lambda one: (one.file, one.line, one.rule, one.message)))


def _allowed(cell: Cell) -> list[str]:
    """Return the rules that the cell's author silenced: `"onboard": {"allow": ["long-line"]}`."""
    names = cell.under("onboard").get("allow")
    return [str(name) for name in names] if isinstance(names, list) else []


def _unknown_rule(material: Material) -> Iterator[Problem]:
    known = [rule.name for rule in RULES]
    for cell in material.cells:
        for name in _allowed(cell):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                yield cell.problem(
                    f"It allows {name}, and there is no such rule.",
                    f"Write {near[0]}." if near else "Take a name from docs/lint.md.",
                )


RULES: tuple[Rule, ...] = (
    *headings.RULES,
    *images.RULES,
    *links.RULES,
    *code.RULES,
    *network.RULES,
    *data.RULES,
    *paths.RULES,
    *languages.RULES,
    *contrast.RULES,
    *reading.RULES,
    *kernel.RULES,
    *lessons.RULES,
    error("unknown-rule", _unknown_rule),
)
"""Each rule, once."""
