"""A roster: the people of a class, from a CSV file as spreadsheets write it. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from functools import partial

from courses.service.classes.model import MOST_PEOPLE
from courses.service.classes.problems import NotRight, shown
from spawners.jobs import USER_NAME
from spawners.words import later

MOST_BYTES = 256 * 1024
HEADS = ("user", "username", "user name", "user_name", "login", "account", "name",
         "utilisateur", "identifiant", "benutzer", "benutzername")  # fmt: skip
"""What the column of the user names may be called; without a head it is the first one."""
_DELIMITERS = ";\t,"
_MOST_SHOWN = 10


def read(content: bytes) -> tuple[str, ...]:
    """Return the user names, each once, in the order of the file.

    Raises NotRight that names each bad line by its number, and how to mend it.
    """
    if len(content) > MOST_BYTES:
        raise NotRight(
            later("The roster has more than {most} KiB."),
            hint=later("One column with the user names is enough."),
            most=MOST_BYTES // 1024,
        )
    rows = _rows(_text(content))
    if not rows:
        raise NotRight(
            later("The roster is empty."),
            hint=later("Put one user name on each line, as people sign in."),
        )
    names = _names(*_column(rows))
    if len(names) > MOST_PEOPLE:
        raise NotRight(
            later("The roster has {count} people, and a class at most {most}."),
            hint=later("Make two classes of it."),
            count=len(names),
            most=MOST_PEOPLE,
        )
    return names


def _text(content: bytes) -> str:
    try:
        # Excel's own beginnings: of UTF-8, and of what it calls Unicode.
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return content.decode(encoding)
    except UnicodeDecodeError:
        # User names are ASCII; what else is on a line of an old spreadsheet does not matter.
        return content.decode("latin-1")


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return each line that is not empty: its number in the file, and its cells."""
    lines = text.splitlines()
    first = next((line for line in lines if any(one in line for one in _DELIMITERS)), "")
    delimiter = max(_DELIMITERS, key=first.count)
    found = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, strict=True)
    try:
        rows = [(found.line_num, [cell.strip() for cell in row]) for row in found]
    except csv.Error as error:
        raise NotRight(
            later("Line {line} of the roster cannot be read: {error}."),
            hint=later("Save it as CSV once more."),
            line=found.line_num,
            error=error,
        ) from None
    return [(number, cells) for number, cells in rows if any(cells)]


def _column(rows: list[tuple[int, list[str]]]) -> tuple[list[tuple[int, list[str]]], int]:
    """Return the rows without the head, and which column has the names."""
    heads = [cell.casefold() for cell in rows[0][1]]
    for wanted in HEADS:
        if wanted in heads:
            return rows[1:], heads.index(wanted)
    return rows, 0


def _names(rows: Iterable[tuple[int, list[str]]], column: int) -> tuple[str, ...]:
    names: dict[str, int] = {}
    bad = []
    for number, cells in rows:
        name = cells[column] if column < len(cells) else ""
        if problem := _problem(number, name, names):
            bad.append(problem)
        else:
            names[name] = number
    if bad:
        raise _said(bad)
    if not names:
        raise NotRight(later("The roster has a head, and nobody below it."))
    return tuple(names)


def _problem(line: int, name: str, before: dict[str, int]) -> NotRight | None:
    wrong = partial(NotRight, line=line, name=shown(name))
    if not name:
        return wrong(later("Line {line}: there is no user name; write one, or take the line out."))
    if name in before:
        text = later("Line {line}: {name} is on line {first} already; take one of them out.")
        return wrong(text, first=before[name])
    if re.fullmatch(USER_NAME, name):
        return None
    if "@" in name:
        return wrong(
            later("Line {line}: {name} is an address; write the name this person signs in with.")
        )
    if re.fullmatch(USER_NAME, name.lower()):
        return wrong(later("Line {line}: {name} has capitals; write {small}."), small=name.lower())
    return wrong(
        later(
            "Line {line}: {name} is no user name: at most 32 lowercase letters, digits, dots, "
            "hyphens and underscores, with a letter first."
        )
    )


def _said(bad: Sequence[NotRight]) -> NotRight:
    shown_lines, more = list(bad[:_MOST_SHOWN]), len(bad) - _MOST_SHOWN
    if more > 0:
        shown_lines.append(NotRight(later("And {count} more lines."), count=more))
    return NotRight(
        later("The roster is not right yet."),
        hint=later("Mend these lines; nothing was kept."),
        lines=shown_lines,
    )
