"""What a trainee should hear about an upgrade, and has not heard yet.

An upgrade writes it down before it ends, `.onboard/untold-XXXX.json`, and whoever opens the course
next says it: a session that is killed in between has only put it off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from courses.upgrades.memory import HIDDEN, remembered, sum_of, write_whole
from spawners.words import Words, later

_UNTOLD = "untold-"


class Matter(StrEnum):
    """What a trainee should hear about a file."""

    BOTH = "both"
    """They changed cells that the course has changed too: both versions are in the notebook."""
    BESIDE = "beside"
    """It is theirs, and could not be merged: the new version is beside it."""
    OPEN = "open"
    """There is a new version, but the notebook is open: next time."""


@dataclass(frozen=True)
class Notice:
    """Something to say about one file; both are paths in the course."""

    matter: Matter
    file: str
    beside: str = ""


_SENTENCES = {
    Matter.BOTH: later(
        "{file}: you and the course have changed the same cells. "
        "Yours are as you left them; the course’s new ones follow them."
    ),
    Matter.BESIDE: later(
        "{file} is as you left it. The course’s new version is beside it: {beside}"
    ),
    Matter.OPEN: later(
        "{file} is open in your session, so it stays as it is. For the course’s new version, "
        "shut down its kernel, close it, and open the lesson again."
    ),
}


def in_words(notice: Notice, words: Words) -> str:
    """Say it in the trainee's language."""
    sentence = words.gettext(_SENTENCES[notice.matter])
    return sentence.format(file=notice.file, beside=PurePosixPath(notice.beside).name)


def keep(course: Path, upgrade: str, notices: Sequence[Notice]) -> None:
    """Write down what is to be said of one upgrade; again, it takes the place of the first."""
    if notices:
        text = json.dumps([asdict(one) for one in notices], indent=1)
        write_whole(course, course / HIDDEN / f"{_UNTOLD}{upgrade}.json", text)


def are_untold(course: Path) -> bool:
    """Whether there is something to say."""
    return bool(_files(course))


def tell_all(course: Path, tell: Callable[[Notice], None]) -> None:
    """Say what is still true of all that was not said, and forget it."""
    files = _files(course)
    said = {notice: None for file in files for notice in _read(file)}
    for notice in said:
        if _is_true(course, notice):
            tell(notice)
    for file in files:
        file.unlink(missing_ok=True)


def _files(course: Path) -> list[Path]:
    return [one for one in sorted((course / HIDDEN).glob(f"{_UNTOLD}*.json")) if one.is_file()]


def _read(file: Path) -> list[Notice]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return [Notice(Matter(row["matter"]), str(row["file"]), str(row["beside"])) for row in rows]
    except (FileNotFoundError, PermissionError, ValueError, TypeError, KeyError, RecursionError):
        return []  # not written by us


def _is_true(course: Path, notice: Notice) -> bool:
    """Whether it is still so: a lesson may have been begun again since, or a file be deleted."""
    if notice.beside and not os.path.lexists(course / notice.beside):
        return False
    try:
        now = sum_of(course / notice.file)
    except PermissionError:
        return True  # they have locked it away; it is theirs all the same
    return now not in (None, remembered(course).sums.get(notice.file))
