"""Where most of a class were wrong last, by exercise: a query over the summaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from courses.service.store import tables


@dataclass(frozen=True)
class Mistake:
    """What most of those had wrong last who were wrong in an exercise; each counts once."""

    people: int
    check: int | None
    """The place of the first check that they failed, from 1; None: their events did not say."""
    message: str
    """What most of them were told: others read the same in their language, of their values."""


NONE = Mistake(0, None, "")


_AFTER_ALL = 2**31
_Exercise = tuple[str, str]
_Group = tuple[int, str]


def mistakes(connection: sa.Connection, course: str) -> dict[_Exercise, Mistake]:
    """Return it by lesson and exercise, for those in which somebody was told of a mistake."""
    groups: dict[_Exercise, dict[_Group, list[Mistake]]] = defaultdict(lambda: defaultdict(list))
    # Put together here: where all were told something else, the databases sort thrice for it.
    for lesson, exercise, check, message, people in connection.execute(_told(course)):
        # Who sends no check is grouped by what they were told, as well as that goes.
        group = (_AFTER_ALL, message) if check is None else (check, "")
        groups[lesson, exercise][group].append(Mistake(people, check, message))
    return {exercise: _commonest(found) for exercise, found in groups.items()}


def _commonest(found: Mapping[_Group, Sequence[Mistake]]) -> Mistake:
    """Of groups of one size, return that of the first check; of its texts, the first by letter."""
    people = {group: sum(one.people for one in told) for group, told in found.items()}
    most = min(found, key=lambda group: (-people[group], group))
    example = min(found[most], key=lambda one: (-one.people, one.message))
    return replace(example, people=people[most])


def _told(course: str) -> sa.Select[Any]:
    """Return how many were told what, of which check."""
    one = tables.exercises.c
    told = (one.lesson, one.exercise, one.wrong_check, one.wrong_message)
    return (
        sa.select(*told, sa.func.count())
        .where(one.course == course, one.wrong_check.is_not(None) | (one.wrong_message != ""))
        .group_by(*told)
    )
