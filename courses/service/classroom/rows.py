"""The people of a class in words: a row for each, and who needs help now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courses.service.classroom.exercises import title_of
from courses.service.classroom.people import Person
from courses.service.classroom.sessions import SessionNow, Where
from courses.service.learning.amount import Amount
from courses.service.learning.exercises import Titles
from courses.service.store.latest import Latest
from spawners.words import Words, lasted


@dataclass(frozen=True)
class Row:
    """One person: what they do now, and what they did in each lesson, in the lessons' order."""

    user: str
    now: str
    """Whether they are in a session, or wait for one, in words; empty: neither, or not known."""
    at: str
    """The exercise that they are at, or the lesson; empty where all is done, or nothing begun."""
    cells: tuple[str, ...]
    right: int
    last: str
    is_stuck: bool
    is_done: bool


@dataclass(frozen=True)
class NeedsHelp:
    """Somebody who is stuck, and at what."""

    user: str
    exercise: str
    lesson: str
    tries: str
    stuck_for: str
    message: str


@dataclass(frozen=True)
class Say:
    """What it takes to put a person into words. `lessons` are titles by id, in their order."""

    words: Words
    now: float
    lessons: Mapping[str, str]
    titles: Titles

    def lesson(self, lesson: str) -> str:
        """Return a lesson's title, or its id where it is none of those that are shown."""
        return self.lessons.get(lesson, lesson)

    def exercise(self, at: Latest) -> str:
        """Return the title of the exercise that somebody is at."""
        return title_of(self.titles, at.lesson, at.exercise)

    def at(self, moment_ms: int | None) -> str:
        """Say when something was; nothing if it never was."""
        return "" if moment_ms is None else self.words.at(moment_ms / 1000, self.now)


def needs_help(everyone: Iterable[Person], say: Say) -> tuple[NeedsHelp, ...]:
    """Show who is stuck: who is for longest first."""
    stuck = [(one.stuck_since_ms, one) for one in everyone if one.stuck_since_ms is not None]
    return tuple(
        NeedsHelp(
            user=one.user,
            exercise=say.exercise(one.at),
            lesson=say.lesson(one.at.lesson),
            tries=say.words.ngettext("{n} wrong try", "{n} wrong tries", one.at.attempts).format(
                n=one.at.attempts
            ),
            stuck_for=lasted(say.now - since_ms / 1000),
            message=one.at.wrong_message,
        )
        for since_ms, one in sorted(stuck, key=lambda found: found[0])
        if one.at is not None
    )


def row(one: Person, say: Say) -> Row:
    """Show one person."""
    return Row(
        user=one.user,
        now=_now(one.session, say),
        at="" if one.is_done else _at(one, say),
        cells=tuple(_standing(one.done.get(lesson)) for lesson in say.lessons),
        right=one.right,
        last=say.at(one.last_ms),
        is_stuck=one.stuck_since_ms is not None,
        is_done=one.is_done,
    )


def _now(session: SessionNow | None, say: Say) -> str:
    if session is None:
        return ""
    if session.where is Where.IN_SESSION:
        return say.words.gettext("in a session")
    if session.since is None:
        return say.words.gettext("waiting")
    since = say.words.at(session.since, say.now)
    return say.words.gettext("waiting since {time}").format(time=since)


def _at(one: Person, say: Say) -> str:
    lesson = say.lesson(one.at_lesson)
    return f"{lesson}: {say.exercise(one.at)}" if one.at else lesson


def _standing(done: Amount | None) -> str:
    if done is None:
        return ""
    return f"{done.right}/{done.of}" if done.of else "·"
