"""Hints in the metadata of cells, put into the calls of `exercise` that they belong to. Pure.

A cell's hints belong to the exercise in it, or else to the next one after it: so they may be kept
with the task, with the solution or with the check.
"""

from __future__ import annotations

import ast
import copy
import io
import json
import tokenize
from collections.abc import Iterator, Mapping, Sequence

from nbformat import NotebookNode

from courses.authoring.exercises import calls_of, exercise_names
from courses.authoring.plain_text import plain_text
from courses.authoring.translation.literals import as_python, offset, parsed

_ARGUMENT = "hints"
_NO_TOKENS = (tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT)


def with_hints(notebook: NotebookNode, hints: Mapping[str, Sequence[str]]) -> NotebookNode:
    """Return a copy in which each exercise is called with its hints; `hints` are by cell id.

    Those that belong to no exercise are left out.
    """
    changed = copy.deepcopy(notebook)
    calls = _first_calls(changed)
    texts: dict[str, list[str]] = {}
    for cell_id, exercise in _exercises_of(changed, hints, calls):
        texts.setdefault(exercise, []).extend(plain_text(one) for one in hints[cell_id])
    for cell in changed.cells:
        if cell.id in texts and not _has_hints(calls[cell.id]):
            cell.source = _inserted(cell.source, calls[cell.id], texts[cell.id])
    return changed


def misplaced(notebook: NotebookNode, hints: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the cells whose hints nobody would be shown, each with the reason."""
    calls = _first_calls(notebook)
    found = dict(_exercises_of(notebook, hints, calls))
    return {
        cell_id: "no call of `exercise` is in this cell or comes after it"
        if cell_id not in found
        else f"the exercise in cell {found[cell_id]} has hints= in its call as well"
        for cell_id in hints
        if cell_id not in found or _has_hints(calls[found[cell_id]])
    }


def _first_calls(notebook: NotebookNode) -> dict[str, ast.Call]:
    """Return the first call of `exercise` in each cell that has one."""
    names = exercise_names(notebook)
    found = {}
    for cell in notebook.cells:
        tree = parsed(as_python(cell.source)) if names and cell.cell_type == "code" else None
        calls = list(calls_of(tree, names)) if tree else []
        if calls:
            found[cell.id] = min(calls, key=lambda call: (call.lineno, call.col_offset))
    return found


def _exercises_of(
    notebook: NotebookNode, hints: Mapping[str, Sequence[str]], calls: Mapping[str, ast.Call]
) -> Iterator[tuple[str, str]]:
    """Yield each cell with hints, and the cell of the exercise that they belong to."""
    waiting: list[str] = []
    for cell in notebook.cells:
        if hints.get(cell.id):
            waiting.append(cell.id)
        if cell.id in calls:
            yield from ((one, cell.id) for one in waiting)
            waiting = []


def _has_hints(call: ast.Call) -> bool:
    return any(one.arg == _ARGUMENT for one in call.keywords)


def _inserted(code: str, call: ast.Call, texts: Sequence[str]) -> str:
    """Return the code with one more argument in the call, the last."""
    start = offset(code, call.lineno, call.col_offset)
    end = offset(code, call.end_lineno or call.lineno, call.end_col_offset or 0)
    last, at = _last_token(code[start : end - 1])
    argument = f"{_ARGUMENT}={json.dumps(list(texts), ensure_ascii=False)}"
    *_, line_before, line = ["", *code[:end].split("\n")]
    if line.strip() == ")":  # each argument has a line of its own
        argument = f"\n{_indentation(line_before)}{argument},"
    elif last != "(":
        argument = f" {argument}"
    comma = "" if last in (",", "(") else ","
    return f"{code[: start + at]}{comma}{argument}{code[start + at :]}"


def _last_token(code: str) -> tuple[str, int]:
    """Return the last token of code that lacks its closing bracket, and where it ends."""
    found, lines = ("", 0), code.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type not in _NO_TOKENS and token.string.strip():
                row, column = token.end
                found = token.string, starts[row - 1] + column
    except tokenize.TokenError:  # the bracket that is open
        pass
    return found


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
