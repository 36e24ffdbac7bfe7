"""Text, compared as people read it: spaces, capitals and kinds of characters do not matter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.base import wrong
from courses.learn.checks.blame import show
from courses.learn.words import say


@dataclass(frozen=True)
class TextCheck:
    """The answer is the text `expected`, or has each text of `contains`, or fits `matches`.

    Both sides are normalised first: one space between words, none around them, no capitals.
    `matches` is a regular expression for all of the text as it was typed, without the spaces
    around it. With `exact`, nothing is normalised.
    """

    name: str
    expected: str = ""
    message: str = ""
    contains: Sequence[str] = ()
    matches: str = ""
    exact: bool = False

    def __post_init__(self) -> None:
        if not (self.expected or self.contains or self.matches):
            raise ValueError(f"{self.name}: give expected=, contains= or matches=")
        re.compile(self.matches)

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Compare. Raises AssertionError with what is wrong."""
        if not isinstance(answer, str):
            kind = type(answer).__name__
            raise wrong("Your answer is of type {type}: it should be a text.", type=kind)
        if said := self._fault(answer):
            raise AssertionError(f"{said} {say('Yours is {text}.', text=show(answer))}")
        return True

    def _fault(self, answer: str) -> str:
        plain = (lambda text: text) if self.exact else normalised
        for part in self.contains:
            if plain(part) not in plain(answer):
                return say("It lacks {text}.", text=show(part))
        if self.expected and plain(answer) != plain(self.expected):
            return say("It is another text.")
        if self.matches and not re.fullmatch(self.matches, answer.strip()):
            return say("It does not have the form that it should have.")
        return ""


def normalised(text: str) -> str:
    """Return a text without what people do not see or do not mean."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
