"""A trainee's own results, exercise by exercise, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from courses.service.classroom.exercises import title_of
from courses.service.learning.exercises import Titles
from courses.service.store.reading import ExerciseRow
from spawners.words import Words, later

_STATES = {
    "right": later("right"),
    "wrong": later("not right yet"),
    "": later("met"),
}


@dataclass(frozen=True)
class Result:
    """How somebody fares with one exercise, in words. `state` is right, wrong, or empty: met."""

    title: str
    state: str
    said: str
    tries: str
    when: str


def results(
    lesson: str, met: Iterable[ExerciseRow], titles: Titles, words: Words, now: float
) -> tuple[Result, ...]:
    """Show each exercise of a lesson that somebody met, in the lesson's order."""
    by_id = {one.exercise: one for one in met}
    known = [one for one in titles.get(lesson, ()) if one in by_id]
    ids = dict.fromkeys([*known, *sorted(by_id)])
    return tuple(_result(by_id[one], titles, words, now) for one in ids)


def _result(one: ExerciseRow, titles: Titles, words: Words, now: float) -> Result:
    state = "right" if one.is_right else "wrong" if one.attempts else ""
    tries = words.ngettext("{n} try", "{n} tries", one.attempts).format(n=one.attempts)
    return Result(
        title=title_of(titles, one.lesson, one.exercise),
        state=state,
        said=words.gettext(_STATES[state]),
        tries=tries if one.attempts else "",
        when=words.at((one.first_right_ms or one.last_ms) / 1000, now),
    )
