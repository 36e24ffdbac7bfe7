"""Hints and a quiz in a cell's metadata, under the key `onboard`: models, check, trainee version.

{"onboard": {"hints": ["Try / first."], "quiz": {"kind": "single", "choices": [...], ...}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from courses.authoring import quiz_answers
from courses.authoring.mistakes import mistakes
from courses.authoring.quiz import Quiz
from courses.authoring.rules import Section
from courses.authoring.schema import Described
from courses.authoring.text import Paragraph
from spawners.errors import InvalidInput

if TYPE_CHECKING:
    from courses.authoring.source import Source

KEY = "onboard"


class CellMetadata(Section):
    """What this project keeps in a cell's metadata, under `onboard`."""

    hints: Annotated[tuple[Paragraph, ...], Field(max_length=10)] = ()
    """Help with the exercise in this cell, in the order that it is given."""
    quiz: Quiz | None = None
    """The question that this text cell asks."""


@dataclass(frozen=True)
class MetadataProblem:
    """One mistake: `place` is `notebook:line`, `key` the path below the cell's metadata."""

    place: str
    cell: str
    key: str
    said: str
    fix: str

    def __str__(self) -> str:
        return f"{self.place}: cell {self.cell}: {self.key}: {self.said}. {self.fix}"


def check_metadata(source: Source) -> tuple[MetadataProblem, ...]:
    """Return every mistake in the hints and quizzes of a notebook, in the order of its cells."""
    return tuple(
        MetadataProblem(source.place(cell.id), cell.id, key, said, fix)
        for cell in source.notebook.cells
        if KEY in cell.metadata
        for key, said, fix in _mistakes(cell.cell_type, cell.metadata[KEY])
    )


def require_sound_metadata(source: Source) -> None:
    """Raise InvalidInput that says all that `check_metadata` finds."""
    if found := check_metadata(source):
        raise InvalidInput(
            "\n".join(str(one) for one in found), hint="docs/courses.md says what each key means."
        )


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
    if wrong := tuple(_invalid(ours)):
        said = "; ".join(f"{key}: {said}. {fix}" for key, said, fix in wrong)
        raise InvalidInput(said, hint="docs/courses.md says what a quiz holds.")
    return {**metadata, KEY: {**ours, "quiz": quiz_answers.hidden(quiz)}}


def _mistakes(cell_type: str, ours: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401
    yield from _invalid(ours)
    if cell_type != "markdown" and isinstance(ours, Mapping) and "quiz" in ours:
        yield f"{KEY}.quiz", "a quiz stands in a text cell", "Move it: the text asks the question."


def _invalid(ours: Any) -> Iterator[tuple[str, str, str]]:  # noqa: ANN401  it may be any JSON
    try:
        CellMetadata.model_validate(ours)
    except ValidationError as error:
        for one in mistakes(error, ours, Described(CellMetadata)):
            yield one.key_below(KEY), one.said, one.fix


def _is_hidden(quiz: object) -> bool:
    return (
        isinstance(quiz, Mapping)
        and quiz_answers.HIDDEN in quiz
        and quiz_answers.ANSWER not in quiz
    )
