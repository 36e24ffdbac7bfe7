"""How much of a lesson is done, and how long the rest takes. Pure; the same on every page."""

from __future__ import annotations

import math
from dataclasses import dataclass

from courses.service.learning.exercises import Titles
from spawners.words import Words, duration

_GRAIN_MIN = 5
"""Nobody knows a longer rest to the minute."""


@dataclass(frozen=True)
class Amount:
    """What somebody has right of what there is in a lesson that they opened."""

    right: int
    of: int
    is_all: bool

    @property
    def share(self) -> float:
        """How much of the lesson is done: from 0 to 1."""
        return 1.0 if self.is_all else self.right / max(1, self.of)


NOTHING = Amount(0, 0, is_all=False)
"""Of a lesson that was not opened."""


def amount(titles: Titles, lesson: str, *, right: int, met: int) -> Amount:
    """Return how much of a lesson is done that somebody opened: `right` of the `met` exercises.

    Where the release does not tell what exercises there are, those that were met are all of them.
    A lesson with nothing to solve is done when it was opened.
    """
    known = titles.get(lesson)
    of = len(known) if known else met
    return Amount(min(right, of), of, is_all=right >= of if of else known is not None)


def left_minutes(duration_minutes: int, done: Amount) -> float:
    """Return how many minutes a lesson still takes, of those that its author says it takes."""
    return duration_minutes * (1 - done.share)


def about(minutes: float, words: Words) -> str:
    """Say how long it still takes: `about 25 min left`; nothing where nothing is left."""
    grain = _GRAIN_MIN if minutes > _GRAIN_MIN * 2 else 1
    rounded = math.ceil(round(minutes, 3) / grain) * grain
    if not rounded:
        return ""
    return words.gettext("about {duration} left").format(duration=duration(rounded))
