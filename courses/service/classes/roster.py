"""A roster: the people of a class, from a CSV file as spreadsheets write it. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from courses.service.classes.model import MOST_PEOPLE
from spawners.errors import InvalidInput
from spawners.jobs import USER_NAME

MOST_BYTES = 256 * 1024
HEADS = ("user", "username", "user name", "user_name", "login", "account", "name",
         "utilisateur", "identifiant", "benutzer", "benutzername")  # fmt: skip
"""What the column of the user names may be called; without a head it is the first one."""
_DELIMITERS = ";\t,"
_MOST_SHOWN = 10


def read(content: bytes) -> tuple[str, ...]:
    """Return the user names, each once, in the order of the file.

    Raises InvalidInput that names each bad line by its number, and how to mend it.
    """
    if len(content) > MOST_BYTES:
        raise InvalidInput(
            f"The roster has more than {MOST_BYTES // 1024} KiB.",
            hint="One column with the user names is enough.",
        )
    rows = _rows(_text(content))
    if not rows:
        raise InvalidInput(
            "The roster is empty.", hint="Put one user name on each line, as people sign in."
        )
    column, rows = _column(rows)
    names = _names(rows, column)
    if len(names) > MOST_PEOPLE:
        raise InvalidInput(
            f"The roster has {len(names)} people: a class has at most {MOST_PEOPLE}.",
            hint="Make two classes of it.",
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
        raise InvalidInput(
            f"Line {found.line_num} of the roster cannot be read: {error}.",
            hint="Save it as CSV once more.",
        ) from None
    return [(number, cells) for number, cells in rows if any(cells)]


def _column(rows: list[tuple[int, list[str]]]) -> tuple[int, list[tuple[int, list[str]]]]:
    """Return which column has the names, and the rows without the head."""
    heads = [cell.casefold() for cell in rows[0][1]]
    for wanted in HEADS:
        if wanted in heads:
            return heads.index(wanted), rows[1:]
    return 0, rows


def _names(rows: Iterable[tuple[int, list[str]]], column: int) -> tuple[str, ...]:
    names: dict[str, int] = {}
    bad = []
    for number, cells in rows:
        name = cells[column] if column < len(cells) else ""
        if problem := _problem(name, names):
            bad.append(f"Line {number}: {problem}")
        else:
            names[name] = number
    if bad:
        raise InvalidInput(_said(bad), hint="Mend these lines; nothing was kept.")
    if not names:
        raise InvalidInput("The roster has a head, and nobody below it.")
    return tuple(names)


def _problem(name: str, before: dict[str, int]) -> str:
    if not name:
        return "there is no user name. Put one there, or take the line out."
    shown = ascii(name if len(name) <= 40 else f"{name[:40]}…")
    if name in before:
        return f"{shown} is on line {before[name]} already. Take one of them out."
    if re.fullmatch(USER_NAME, name):
        return ""
    if "@" in name:
        return f"{shown} is an address. Put the name there that this person signs in with."
    if re.fullmatch(USER_NAME, name.lower()):
        return f"{shown} has capitals. Write {name.lower()}."
    return (
        f"{shown} is no user name. One has at most 32 lowercase letters, digits, dots, hyphens and "
        "underscores, and begins with a letter."
    )


def _said(bad: Sequence[str]) -> str:
    more = len(bad) - _MOST_SHOWN
    return " ".join([*bad[:_MOST_SHOWN], *([f"And {more} more lines."] if more > 0 else [])])
