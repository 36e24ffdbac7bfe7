"""Hints and a quiz in a cell's metadata, under the key `onboard`: models, and the hidden answer.

{"onboard": {"hints": ["Try / first."], "quiz": {"kind": "single", "choices": [...], ...}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from courses.authoring.metadata_key import KEY
from courses.authoring.mistakes import mistakes
from courses.authoring.quiz import Quiz
from courses.authoring.rules import Section
from courses.authoring.schema import Described
from courses.authoring.text import Paragraph
from courses.learn import hashed_answer
from spawners.errors import InvalidInput


class CellMetadata(Section):
    """What this project keeps in a cell's metadata, under `onboard`."""

    hints: Annotated[tuple[Paragraph, ...], Field(max_length=10)] = ()
    """Help with the exercise in this cell, or else the next, in the order that it is given."""
    quiz: Quiz | None = None
    """The question that this text cell asks."""


def hidden_answers(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell's metadata with the quiz's answer turned into a hash; all else stays.

    What is hidden already stays as it is. Raises InvalidInput for what `check_metadata` would name.
    """
    ours = metadata.get(KEY)
    if not isinstance(ours, Mapping):
        return dict(metadata)
    quiz = ours.get("quiz")
    if quiz is None or _is_hidden(quiz):
        return dict(metadata)
    if wrong := tuple(invalid(ours)):
        said = "; ".join(f"{key}: {said}. {fix}" for key, said, fix in wrong)
        raise InvalidInput(said, hint="docs/courses.md says what a quiz holds.")
    return {**metadata, KEY: {**ours, "quiz": hashed_answer.hidden(quiz)}}


def invalid(ours: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401  it may be any JSON
    """Yield what is wrong with what stands under the key: where, what, and how to mend it."""
    try:
        CellMetadata.model_validate(ours)
    except ValidationError as error:
        for one in mistakes(error, ours, Described(CellMetadata)):
            yield one.key_below(KEY), one.said, one.fix


def _is_hidden(quiz: object) -> bool:
    return (
        isinstance(quiz, Mapping)
        and hashed_answer.HIDDEN in quiz
        and hashed_answer.ANSWER not in quiz
    )
