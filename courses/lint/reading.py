"""How long a lesson takes, against the duration that its trainees are promised."""

from __future__ import annotations

from collections.abc import Iterator

from courses.lint.lessons import exercises
from courses.lint.material import Material, Notebook
from courses.lint.rule import Problem, Rule, warning

WORDS_PER_MINUTE = 180
"""Reading aloud in one's head, in a language that is often not one's own."""
SECONDS_PER_CODE_LINE = 4
MINUTES_PER_EXERCISE = 3
OFF_BY_FACTOR = 1.6
OFF_BY_MINUTES = 5


def minutes(notebook: Notebook) -> float:
    """Estimate the minutes that a trainee spends on it: reading text and code, and exercises."""
    words = sum(len(cell.markdown.prose.split()) for cell in notebook.cells)
    read = (cell for cell in notebook.cells if cell.is_code and not cell.is_folded)
    lines = sum(len(cell.text.split("\n")) for cell in read)
    judged = sum(1 for _ in exercises(notebook.cells))
    return (
        words / WORDS_PER_MINUTE
        + lines * SECONDS_PER_CODE_LINE / 60
        + judged * MINUTES_PER_EXERCISE
    )


def _duration(material: Material) -> Iterator[Problem]:
    for notebook in material.notebooks:
        if notebook.lesson is None:
            continue
        estimate, promised = minutes(notebook), notebook.lesson.duration_minutes
        ratio = max(estimate, 1) / promised
        is_far = not 1 / OFF_BY_FACTOR <= ratio <= OFF_BY_FACTOR
        if is_far and abs(estimate - promised) > OFF_BY_MINUTES:
            yield Problem(
                notebook.place,
                f"duration_minutes is {promised}; it looks like about {estimate:.0f} minutes.",
                "Time somebody who is new to it, and write what it took.",
            )


RULES: tuple[Rule, ...] = (warning("duration", _duration),)
