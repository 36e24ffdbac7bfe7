"""The cell of a lesson that is tagged `parameters`: what it may hold, and other values in it. Pure.

It holds plain assignments and nothing that is worked out: a value that papermill or a trainee puts
in later would leave what was derived from the old one as it was.
"""

from __future__ import annotations

import ast
import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from courses.authoring.parameters import Parameter, Value, is_of, same
from courses.authoring.rules import shown
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from courses.authoring.source import Source

TAG = "parameters"
_PLAIN = 'Assign plain values only, one name a statement: name = 3, name = 0.5, name = "text".'


@dataclass(frozen=True)
class Assignment:
    """One `name = value` of the cell; `node` is where the value stands."""

    name: str
    value: Value
    node: ast.expr


def require_declared(source: Source, declared: Mapping[str, Parameter]) -> None:
    """Raise InvalidInput unless the cell assigns exactly the declared names their trainee values.

    It names notebook, cell, name and fix. No cell is right where nothing is declared.
    """
    cell = _tagged(source.notebook, source.name)
    if cell is None:
        if declared:
            raise InvalidInput(
                f"{source.name}: no cell is tagged `{TAG}`, and course.toml declares "
                f"{', '.join(declared)}.",
                hint=f"Add a code cell with that tag that assigns them, such as: "
                f"{_line(next(iter(declared.items())))}",
            )
        return
    place = f"{source.place(cell.id)}: cell {cell.id}"
    assigned = {one.name: one.value for one in assignments(cell.source, place)}
    _require_same_names(place, assigned, declared)
    for name, value in assigned.items():
        _require_trainee_value(place, name, value, declared[name])


def with_values(notebook: NotebookNode, values: Mapping[str, Value]) -> NotebookNode:
    """Return a copy with these values in the tagged cell; all else in it stays, comments too.

    Raises InvalidInput for a name that the cell does not assign.
    """
    changed = copy.deepcopy(notebook)
    cell = _tagged(changed, "the notebook")
    place = f"cell {cell.id}" if cell else f"the notebook has no cell tagged `{TAG}`"
    found = assignments(cell.source, place) if cell else ()
    missing = sorted(set(values) - {one.name for one in found})
    if missing:
        raise InvalidInput(
            f"{place}: it does not assign {', '.join(missing)}.",
            hint=f"Assign each parameter in the cell tagged `{TAG}`.",
        )
    if cell:
        cell.source = _replaced(_one_newline(cell.source), found, values)
    return changed


def assignments(code: str, place: str) -> tuple[Assignment, ...]:
    """Return what a cell assigns, in its order. Raises InvalidInput for anything else in it."""
    try:
        statements = ast.parse(_one_newline(code)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        _refuse(place, line or 1, "this is not Python that can be read", _PLAIN)
    found = tuple(_assignment(one, place) for one in statements)
    names = [one.name for one in found]
    for at, one in enumerate(found):
        if one.name in names[:at]:
            _refuse(place, one.node.lineno, f"{one.name} is assigned twice", "Keep one of them.")
    return found


def literal(value: Value) -> str:
    """Write a value as Python does: also those floats that have no literal of their own."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def _tagged(notebook: NotebookNode, name: str) -> NotebookNode | None:
    tagged = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", ())]
    if len(tagged) > 1:
        raise InvalidInput(
            f"{name}: the cells {', '.join(cell.id for cell in tagged)} are all tagged `{TAG}`.",
            hint="Put all parameters into one cell, and take the tag from the others.",
        )
    if tagged and tagged[0].cell_type != "code":
        raise InvalidInput(
            f"{name}: cell {tagged[0].id} is tagged `{TAG}` and holds no code.",
            hint="Make it a code cell, or take the tag away.",
        )
    return tagged[0] if tagged else None


def _assignment(statement: ast.stmt, place: str) -> Assignment:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.annotation, ast.Name):
        targets = [statement.target]
    node = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if len(targets) != 1 or not isinstance(targets[0], ast.Name) or node is None:
        _refuse(place, statement.lineno, "this is no plain assignment", _PLAIN)
    value = _value(node)
    if value is None:
        said = f"the value of {targets[0].id} is worked out, or is of no type for a parameter"
        _refuse(place, node.lineno, said, f"{_PLAIN} What follows from it goes into another cell.")
    return Assignment(targets[0].id, value, node)


def _value(node: ast.expr) -> Value | None:
    """Return a literal's value; `float("nan")` and the infinities count as literals."""
    if isinstance(node, ast.Call):
        return _float_in_words(node)
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign, node = (-1 if isinstance(node.op, ast.USub) else 1), node.operand
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool | str):
            return None
    if not isinstance(node, ast.Constant) or not isinstance(node.value, bool | int | float | str):
        return None
    return sign * node.value if sign < 0 and isinstance(node.value, int | float) else node.value


def _float_in_words(call: ast.Call) -> float | None:
    named = isinstance(call.func, ast.Name) and call.func.id == "float" and not call.keywords
    if not named or len(call.args) != 1 or not isinstance(call.args[0], ast.Constant):
        return None
    word = call.args[0].value
    return float(word) if word in ("nan", "inf", "-inf") else None


def _require_same_names(
    place: str, assigned: Mapping[str, Value], declared: Mapping[str, Parameter]
) -> None:
    for name in assigned:
        if name not in declared:
            raise InvalidInput(
                f"{place}: {name} is not declared in course.toml.",
                hint=f"Add it to the lesson's `parameters`, or move it out of the cell "
                f"tagged `{TAG}`.",
            )
    for name, parameter in declared.items():
        if name not in assigned:
            raise InvalidInput(
                f"{place}: {name} is declared in course.toml, and is not assigned here.",
                hint=f"Add the line: {_line((name, parameter))}",
            )


def _require_trainee_value(place: str, name: str, value: Value, parameter: Parameter) -> None:
    if not is_of(parameter.type, value):
        said = f"{shown(value)} is not of type {parameter.type}"
    elif not same(value, parameter.trainee):
        said = f"{shown(value)} is not the value for trainees in course.toml"
    else:
        return
    raise InvalidInput(
        f"{place}: {name}: {said}.", hint=f"Write: {_line((name, parameter))}, or mend course.toml."
    )


def _line(named: tuple[str, Parameter]) -> str:
    name, parameter = named
    return f"{name} = {literal(parameter.trainee)}"


def _replaced(code: str, found: tuple[Assignment, ...], values: Mapping[str, Value]) -> str:
    """Put the values in, from the last to the first: what is before them stays where it is."""
    # The parser counts columns in bytes.
    text = code.encode()
    starts = [0, *_after_newlines(text)]
    for one in sorted(found, key=lambda one: (one.node.lineno, one.node.col_offset), reverse=True):
        if one.name in values and one.node.end_lineno and one.node.end_col_offset is not None:
            begin = starts[one.node.lineno - 1] + one.node.col_offset
            end = starts[one.node.end_lineno - 1] + one.node.end_col_offset
            text = text[:begin] + literal(values[one.name]).encode() + text[end:]
    return text.decode()


def _after_newlines(text: bytes) -> Iterator[int]:
    return (at + 1 for at, byte in enumerate(text) if byte == ord("\n"))


def _one_newline(code: str) -> str:
    # As Python reads them; so that our lines are the parser's.
    return code.replace("\r\n", "\n").replace("\r", "\n")


def _refuse(place: str, line: int, said: str, fix: str) -> NoReturn:
    raise InvalidInput(f"{place}, line {line} of the cell: {said}.", hint=fix)
