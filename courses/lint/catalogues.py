"""A course's translations, `locale/<language>.po`, as far as rules ask about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from courses.lint.markdown import Markdown, parse
from courses.lint.rule import Place, Problem


@dataclass(frozen=True)
class Entry:
    """A text and its translation, with the place of the two in the .po file."""

    place: Place
    context: str
    text: str
    translation: str

    @cached_property
    def before(self) -> Markdown:
        """What the text holds."""
        return parse(self.text)

    @cached_property
    def after(self) -> Markdown:
        """What its translation holds."""
        return parse(self.translation)

    def problem(self, message: str, fix: str) -> Problem:
        """Return a problem of this entry that says what the entry is about."""
        about = self.context or " ".join(self.text.split())[:40]
        return Problem(self.place, f"{about}: {message}", fix)


@dataclass(frozen=True)
class Catalogue:
    """What is translated into one language; `problem` says why nothing is, if so."""

    language: str
    path: str
    entries: tuple[Entry, ...] = ()
    problem: str = ""


def read(folder: Path, language: str) -> Catalogue:
    """Read the translations of the course in `folder`. Fuzzy entries are not used, so not read."""
    path = f"locale/{language}.po"
    if not (folder / path).is_file():
        return Catalogue(language, path, problem="There is no such file.")
    import polib  # only a course with translations needs it

    try:
        found = polib.pofile(str(folder / path), encoding="utf-8").translated_entries()
    except (OSError, ValueError) as error:
        return Catalogue(language, path, problem=f"It cannot be read: {error}.")
    entries = (
        Entry(Place(path, max(one.linenum or 1, 1)), one.msgctxt or "", one.msgid, one.msgstr)
        for one in found
        if one.msgstr
    )
    return Catalogue(language, path, tuple(entries))
