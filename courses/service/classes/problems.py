"""What is wrong with what an instructor wrote, in words that can be translated. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from spawners.errors import InvalidInput
from spawners.words import Words

_ENGLISH = Words()


class NotRight(InvalidInput):
    """One thing that is wrong, or several lines of a file.

    `message` and `hint` are marked for the catalogues by `later`, and filled in with `values`.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        lines: Sequence[NotRight] = (),
        **values: object,
    ) -> None:
        self._message, self._hint, self._values = message, hint, values
        self.lines = tuple(lines)
        said = " ".join([self._filled(message, _ENGLISH), *(one.message for one in lines)])
        super().__init__(said, hint=self._filled(hint, _ENGLISH))

    def in_words(self, words: Words) -> tuple[str, tuple[str, ...], str]:
        """Return what is wrong, in which lines, and what to do, as somebody reads it."""
        lines = tuple(one._filled(one._message, words) for one in self.lines)
        return self._filled(self._message, words), lines, self._filled(self._hint, words)

    def _filled(self, text: str, words: Words) -> str:
        return words.gettext(text).format(**self._values)


def shown(text: str, most: int = 40) -> str:
    """Return what somebody wrote, short and harmless enough to be read in a sentence."""
    return ascii(text if len(text) <= most else f"{text[:most]}…")
