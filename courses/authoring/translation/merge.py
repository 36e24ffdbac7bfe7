"""What translators have done so far, held against the course as it is today. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum

from courses.authoring.language import State
from courses.authoring.translation.cells import Kind
from courses.authoring.translation.fields import fits
from courses.authoring.translation.passages import Passage, cell_of

_ALIKE = 0.4
"""From this share of common text on, a new text of a cell is an old one, changed."""


class Change(StrEnum):
    """What a merge has done to a passage."""

    NONE = "unchanged"
    NEW = "new"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True)
class Known:
    """What a .po file says of one text."""

    context: str
    text: str
    """What the file has as the source."""
    translation: str = ""
    of: str | None = None
    """Which text was translated; None if that is not known (somebody marked it as fuzzy)."""
    comment: str = ""
    """The translators' own."""

    @property
    def original(self) -> str:
        """The text that the translation is of, as far as it is known."""
        return self.text if self.of is None else self.of


@dataclass(frozen=True)
class Entry:
    """A passage of today with what is known of it."""

    passage: Passage
    known: Known
    change: Change

    @property
    def state(self) -> State:
        """How it stands."""
        if not self.known.translation.strip():
            return State.MISSING
        if self.known.of != self.passage.text:
            return State.STALE
        is_string = self.passage.kind is Kind.STRING
        if is_string and not fits(self.passage.text, self.known.translation):
            return State.MISFIT
        return State.TRANSLATED


@dataclass(frozen=True)
class Merged:
    """One language's translations as they are to be: of today's passages, and obsolete ones."""

    entries: tuple[Entry, ...]
    obsolete: tuple[Known, ...]
    gone: int = 0
    """How many became obsolete by this merge."""

    @property
    def translations(self) -> dict[tuple[str, str], str]:
        """The translations that a trainee may be shown, by the passage's key."""
        return {
            one.passage.key: one.known.translation
            for one in self.entries
            if one.state is State.TRANSLATED
        }


def merge(
    passages: Sequence[Passage], known: Iterable[Known], obsolete: Iterable[Known] = ()
) -> Merged:
    """Find for each passage what is known of it: by context, then by text, then by likeness."""
    pool = _Pool(passages, known, obsolete)
    pool.match(lambda one: (one.context, one.text), lambda old: (old.context, old.text))
    # The author went back to an earlier text: its translation is right again.
    pool.match(lambda one: (one.context, one.text), lambda old: (old.context, old.original))
    pool.match(lambda one: one.text, lambda old: old.original, Change.MOVED)
    pool.match(lambda one: one.text, lambda old: old.text, Change.MOVED)
    pool.match_obsolete()
    pool.match_alike()
    return pool.merged()


class _Pool:
    """What is not matched yet, on both sides."""

    def __init__(
        self, passages: Sequence[Passage], known: Iterable[Known], obsolete: Iterable[Known]
    ) -> None:
        self._passages = passages
        self._found: dict[Passage, Entry] = {}
        self._left = list(known)
        self._obsolete = list(obsolete)

    def match(
        self,
        wanted: Callable[[Passage], object],
        has: Callable[[Known], object],
        change: Change = Change.NONE,
    ) -> None:
        """Give each passage the first entry that is left with the same key."""
        for passage in self._open():
            key = wanted(passage)
            old = next((one for one in self._left if has(one) == key), None)
            if old and (change is Change.NONE or old.translation):
                self._left.remove(old)
                self._take(passage, old, change)

    def match_obsolete(self) -> None:
        """Bring back what was translated before its passage went away."""
        for passage in self._open():
            same = [one for one in self._obsolete if one.text == passage.text]
            if same:
                # Of several the one from the same cell.
                old = min(same, key=lambda one: cell_of(one.context) != cell_of(passage.context))
                self._obsolete.remove(old)
                self._take(passage, old, Change.MOVED)

    def match_alike(self) -> None:
        """Pair changed texts with what they were in the same cell: the most alike first."""
        pairs = [
            (_likeness(old.original, one.text), one, old)
            for one in self._open()
            for old in self._left
            if old.translation and cell_of(old.context) == cell_of(one.context)
        ]
        for likeness, passage, old in sorted(pairs, key=lambda pair: -pair[0]):
            if passage in self._found or old not in self._left:
                continue
            if likeness >= _ALIKE or self._are_alone(passage, old):
                self._left.remove(old)
                self._take(passage, old, Change.CHANGED)

    def merged(self) -> Merged:
        """Return the result; who found nothing is new, and what nobody took is obsolete."""
        for passage in self._open():
            self._take(passage, Known(passage.context, passage.text), Change.NEW)
        gone = [
            Known(old.context, old.original, old.translation, old.original, old.comment)
            for old in self._left
            if old.translation.strip()
        ]
        kept = {(one.context, one.text): one for one in (*self._obsolete, *gone)}
        entries = tuple(self._found[passage] for passage in self._passages)
        return Merged(entries, tuple(kept[key] for key in sorted(kept)), len(gone))

    def _open(self) -> list[Passage]:
        return [one for one in self._passages if one not in self._found]

    def _take(self, passage: Passage, old: Known, change: Change) -> None:
        # A passage that an author changes twice is still one that was translated before.
        known = replace(old, context=passage.context, text=passage.text)
        self._found[passage] = Entry(passage, known, change)

    def _are_alone(self, passage: Passage, old: Known) -> bool:
        cell = cell_of(passage.context)
        new = [one for one in self._open() if cell_of(one.context) == cell]
        left = [one for one in self._left if one.translation and cell_of(one.context) == cell]
        return new == [passage] and left == [old]


def _likeness(before: str, after: str) -> float:
    return SequenceMatcher(None, before, after, autojunk=False).ratio()
