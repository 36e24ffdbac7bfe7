"""What the code cells of a lesson show once they are run: quizzes, and the hints of exercises.

As far as it can be read off their calls; no cell is run. Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from nbformat import NotebookNode

from courses.authoring.exercises import calls_by_cell


@dataclass(frozen=True)
class ShownQuiz:
    """A question, with what a trainee may choose from."""

    question: str
    kind: str
    choices: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class ShownExercise:
    """What an exercise is called, and its hints in the order in which they are given."""

    title: str
    hints: tuple[str, ...]


def quizzes(notebook: NotebookNode) -> dict[str, tuple[ShownQuiz, ...]]:
    """Return the quizzes that each cell asks, by cell id."""
    found = calls_by_cell(notebook, "quiz")
    return {cell_id: tuple(_quizzes(calls)) for cell_id, calls in found.items()}


def exercises(notebook: NotebookNode) -> dict[str, tuple[ShownExercise, ...]]:
    """Return the exercises with hints in each cell, by cell id."""
    found = calls_by_cell(notebook, "exercise")
    return {cell_id: tuple(_exercises(calls)) for cell_id, calls in found.items()}


def _quizzes(calls: Iterable[ast.Call]) -> Iterator[ShownQuiz]:
    for call in calls:
        said = _said(call)
        choices = said.get("choices", {})
        if isinstance(said.get("question"), str) and isinstance(choices, Mapping):
            yield ShownQuiz(
                question=str(said["question"]),
                kind=str(said.get("kind", "single")),
                choices=tuple(str(text) for text in choices.values()),
                unit=str(said.get("unit", "")),
            )


def _exercises(calls: Iterable[ast.Call]) -> Iterator[ShownExercise]:
    for call in calls:
        said = _said(call)
        hints = said.get("hints")
        if hints and isinstance(hints, list | tuple):
            yield ShownExercise(str(said.get("title", "")), tuple(str(one) for one in hints))


def _said(call: ast.Call) -> dict[str, object]:
    """Return the arguments that are literals: what is worked out, only a run would know."""
    found: dict[str, object] = {}
    for one in call.keywords:
        with suppress(ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            if one.arg:
                found[one.arg] = ast.literal_eval(one.value)
    return found
