"""Quizzes and hints in metadata, made into what a trainee sees of them. Pure.

Behind a text cell with a quiz comes a code cell that asks it, with the answer hashed; an exercise
is called with its hints. Validation runs the same cells that trainees get.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from courses.authoring import exercise_hints
from courses.authoring.cell_metadata import hidden_answers
from courses.authoring.metadata_key import KEY
from courses.authoring.plain_text import plain_text, question_in
from courses.learn.exercise import is_id

_SUFFIX = "-quiz"
# nbformat allows 64 characters for an id; an upgrade may have to add some of its own.
_LONGEST = 48


def as_trainees_get_it(notebook: NotebookNode) -> NotebookNode:
    """Return a copy with its quizzes asked and its hints given; the metadata no longer has them.

    Its metadata must be sound. The order and the ids of cells stay; each quiz has one more.
    """
    hints = {cell.id: _ours(cell).get("hints", ()) for cell in notebook.cells}
    changed = exercise_hints.with_hints(with_quizzes(notebook), hints)
    for cell in changed.cells:
        if isinstance(cell.metadata.get(KEY), Mapping):
            cell.metadata[KEY].pop("hints", None)
            if not cell.metadata[KEY]:
                del cell.metadata[KEY]
    return changed


def with_quizzes(notebook: NotebookNode) -> NotebookNode:
    """Return a copy in which a code cell behind each text cell with a quiz asks it."""
    changed = copy.deepcopy(notebook)
    changed.cells = [one for cell in changed.cells for one in _with_quiz(cell)]
    return changed


def asking_cells(notebook: NotebookNode) -> dict[str, str]:
    """Return, for each text cell with a quiz, the id of the code cell that asks it."""
    return {cell.id: _cell_id(cell.id) for cell in notebook.cells if _has_quiz(cell)}


def is_asking_cell(cell: NotebookNode) -> bool:
    """Return whether a cell of a trainees' notebook is one that the build put there for a quiz."""
    return bool(cell.cell_type == "code" and cell.id.endswith(_SUFFIX))


def quiz_id(cell_id: str) -> str:
    """Return a quiz's id, by which progress is kept: that of its text cell, spelt as ids are."""
    if is_id(cell_id):
        return cell_id
    return f"quiz-{sha256(cell_id.encode()).hexdigest()[:12]}"


def _with_quiz(cell: NotebookNode) -> Iterator[NotebookNode]:
    yield cell
    if not _has_quiz(cell):
        return
    quiz = hidden_answers(cell.metadata)[KEY]["quiz"]
    del cell.metadata[KEY]["quiz"]
    source = _call(quiz_id(cell.id), question_in(cell.source), quiz)
    yield new_code_cell(source, id=_cell_id(cell.id))


def _has_quiz(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and bool(_ours(cell).get("quiz"))


def _ours(cell: NotebookNode) -> Mapping[str, Any]:
    ours = cell.metadata.get(KEY)
    return ours if isinstance(ours, Mapping) else {}


def _cell_id(text_id: str) -> str:
    stem = text_id if len(text_id) <= _LONGEST else sha256(text_id.encode()).hexdigest()[:_LONGEST]
    return f"{stem}{_SUFFIX}"


def _call(name: str, question: str, quiz: Mapping[str, Any]) -> str:
    """Write the call of `courses.learn.quiz`."""
    arguments: dict[str, Any] = {"question": question or name, "kind": quiz["kind"]}
    if choices := quiz.get("choices"):
        arguments["choices"] = {one["id"]: plain_text(one["text"]) for one in choices}
        feedback = {one["id"]: one["feedback"] for one in choices if one.get("feedback")}
    else:
        feedback = {key: text for key, text in quiz.get("feedback", {}).items() if text}
    if quiz.get("unit"):
        arguments["unit"] = quiz["unit"]
    if feedback:
        arguments["feedback"] = {key: plain_text(text) for key, text in feedback.items()}
    arguments["answer_hash"] = quiz["answer_hash"]
    lines = [json.dumps(name), *(f"{key}={_literal(one)}" for key, one in arguments.items())]
    body = "".join(f"    {line},\n" for line in lines)
    return f"from courses.learn import quiz\n\nquiz(\n{body})"


def _literal(value: str | Mapping[str, str]) -> str:
    """Write a text, or several by their names, as Python: a literal of JSON is one."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return (
        json.dumps(value, ensure_ascii=False, indent=4)
        .replace("\n", "\n    ")
        .replace('"\n    }', '",\n    }')
    )
