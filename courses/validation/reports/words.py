"""Numbers as a person reads them: how long, how much, of how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from courses.validation.record import LessonResult, Outcome

_MINUTE_S, _HOUR_S = 60, 3600
_GIB_IN_MIB = 1024
_NOT_CUT_OFF = (
    "It was not cut off from the network, which this system does not allow: only what Python "
    "itself tried to reach was refused."
)


def seconds(value: float) -> str:
    """Say how long: `3.2 s`, `2 min 05 s`, `1 h 02 min`."""
    if value < _MINUTE_S - 0.05:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S:02} s"
    return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S:02} min"


def memory(mib: int) -> str:
    """Say how much: `412 MiB`, `3.5 GiB`."""
    return f"{mib} MiB" if mib < 4 * _GIB_IN_MIB else f"{mib / _GIB_IN_MIB:.1f} GiB"


def size(count: int) -> str:
    """Say how many bytes: `812 B`, `3.1 KiB`, `2.4 MiB`."""
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


def many(count: int, one: str) -> str:
    """Say how many: `1 lesson`, `3 lessons`."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def time_of(lesson: LessonResult) -> str:
    """Say how long a lesson took, of how much."""
    if lesson.budget_s is None:
        return seconds(lesson.seconds)
    return f"{seconds(lesson.seconds).removesuffix(' s')} of {lesson.budget_s} s"


def memory_of(lesson: LessonResult) -> str:
    """Say how much memory a lesson took at most, of how much; nothing where nobody measured."""
    if lesson.peak_memory_mib is None:
        return ""
    if lesson.memory_budget_mib is None:
        return memory(lesson.peak_memory_mib)
    return f"{lesson.peak_memory_mib} of {lesson.memory_budget_mib} MiB"


def network_of(lesson: LessonResult) -> str:
    """Say that a lesson could have reached the network; nothing where it could not."""
    return _NOT_CUT_OFF if lesson.cut_off is False else ""


def outcomes(lessons: Iterable[LessonResult]) -> dict[Outcome, int]:
    """Count the lessons by outcome, in the order of the outcomes; none is left out."""
    found = Counter(one.outcome for one in lessons)
    return {outcome: found[outcome] for outcome in Outcome}
