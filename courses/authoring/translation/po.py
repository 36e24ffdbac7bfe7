"""`locale/<language>.po`: translations as gettext's tools keep them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib

from courses.authoring.language import LOCALE, State
from courses.authoring.translation.merge import Entry, Known, Merged
from spawners.errors import InvalidInput

_FUZZY = "fuzzy"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# polib would cut a line that has lost its closing quote, and say nothing.
_LINE = re.compile(
    rf"(?:#~\s+|#\|\s*)?(?:(?:msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?)\s+)?{_QUOTED}"
    r"|#~\|.*|#(?![~|]).*|#|"
)
_LINE_OF_POLIB = re.compile(r"\(line (\d+)\)")


@dataclass(frozen=True)
class File:
    """What a .po file holds: its own head, and what is known of each text."""

    head: str = ""
    """The comment at its top."""
    metadata: tuple[tuple[str, str], ...] = ()
    known: tuple[Known, ...] = ()
    obsolete: tuple[Known, ...] = ()


def path_of(folder: Path, language: str) -> Path:
    """Return where the translations of a course into that language are."""
    return folder / LOCALE / f"{language}.po"


def read(path: Path) -> File:
    """Read a file; one that is not there is empty. Raises InvalidInput naming file and line."""
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return File()
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error}.", hint="Mend the file.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _damaged(path, line, "not UTF-8", hint="Save it as UTF-8.") from None
    for number, one in enumerate(text.split("\n"), start=1):
        if not _LINE.fullmatch(one.removeprefix("\ufeff").strip()):
            raise _damaged(path, number, "not a line of a .po file")
    try:
        # By its name: polib cuts a text at more characters than those that end a line.
        found = polib.pofile(str(path), encoding="utf-8")
    except OSError as error:
        place = _LINE_OF_POLIB.search(str(error))
        raise _damaged(path, int(place[1]) if place else 1, "not in its place here") from None
    return File(
        found.header,
        tuple(found.metadata.items()),
        tuple(_known(path, (one for one in found if not one.obsolete))),
        tuple(_once(_as_known(one) for one in found if one.obsolete)),
    )


def written(file: File, merged: Merged, course_id: str, language: str) -> str:
    """Return the text of the .po file after a merge: always the same for the same."""
    po = polib.POFile()
    po.header = file.head or f"The course {course_id} in {language}: see docs/translating.md."
    po.metadata = {
        "Project-Id-Version": course_id,
        **dict(file.metadata),
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    po.extend(_entry(one) for one in merged.entries)
    po.extend(_obsolete(one) for one in merged.obsolete)
    return f"{str(po).rstrip()}\n"


def write(path: Path, text: str) -> None:
    """Put the file there, whole or not at all. Raises InvalidInput."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as draft:
            new = Path(draft, path.name)
            new.write_text(text, encoding="utf-8", newline="")
            new.replace(path)
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be written: {error.strerror}.",
            hint="Make room, or mend the folder's permissions; the file is as it was.",
        ) from None


def _known(path: Path, entries: Iterable[polib.POEntry]) -> Iterator[Known]:
    seen = set()
    for entry in entries:
        known = _as_known(entry)
        if (known.context, known.text) in seen:
            raise _damaged(
                path, entry.linenum, "this text is there twice", hint="Keep one of the two."
            )
        seen.add((known.context, known.text))
        yield known


def _once(known: Iterable[Known]) -> Iterator[Known]:
    yield from {(one.context, one.text): one for one in known}.values()


def _as_known(entry: polib.POEntry) -> Known:
    of = (entry.previous_msgid or None) if _FUZZY in entry.flags else entry.msgid
    return Known(entry.msgctxt or "", entry.msgid, entry.msgstr, of, entry.tcomment)


def _entry(one: Entry) -> polib.POEntry:
    passage, known = one.passage, one.known
    stale = one.state is State.STALE
    return polib.POEntry(
        msgctxt=passage.context,
        msgid=passage.text,
        msgstr=known.translation,
        comment=passage.kind.value,
        tcomment=known.comment,
        occurrences=[(passage.notebook, str(passage.line))],
        flags=[_FUZZY] if stale else [],
        previous_msgid=known.of if stale else None,
    )


def _obsolete(known: Known) -> polib.POEntry:
    return polib.POEntry(
        msgctxt=known.context,
        msgid=known.text,
        msgstr=known.translation,
        tcomment=known.comment,
        obsolete=True,
    )


def _damaged(path: Path, line: int, problem: str, hint: str = "Mend that line.") -> InvalidInput:
    return InvalidInput(f"{path}:{line}: {problem}.", hint=hint)
