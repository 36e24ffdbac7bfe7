"""Where the time went: when each lesson ran, and how long each of its cells. Geometry only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from courses.validation.record import CellResult, LessonResult, Outcome, ValidationRecord
from courses.validation.reports.words import many, seconds, time_of

_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 6
_NARROWEST = 0.4
"""In percent of the picture: cells that are shorter are drawn as one."""

Kind = Literal["start", "even", "odd", "bad"]


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar, in percent of the picture's width."""

    x: float
    width: float
    kind: Kind
    label: str


@dataclass(frozen=True)
class Row:
    """The bar of one lesson. `x` and `width` in percent; `budget_x` where its budget ends."""

    lesson: LessonResult
    label: str
    x: float
    width: float
    segments: tuple[Segment, ...]
    budget_x: float | None


@dataclass(frozen=True)
class Tick:
    """A mark on the axis."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """The picture, and how many lessons have no bar in it because they did not run just now."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    left_out: int

    @property
    def said(self) -> str:
        """The picture in a sentence."""
        if not self.rows:
            return "No lesson ran."
        longest = max(self.rows, key=lambda row: row.lesson.seconds).lesson
        return (
            f"When {many(len(self.rows), 'lesson')} ran, and how long. The longest is "
            f"{longest.lesson} with {seconds(longest.seconds)}."
        )


def timeline(record: ValidationRecord) -> Timeline:
    """Lay out the lessons that ran in this run; a result from the cache took no time of it."""
    ran = [one for one in record.lessons if one.seconds > 0 and not one.cached]
    end_s = max((one.started_s + one.seconds for one in ran), default=0.0)
    return Timeline(
        rows=tuple(_row(one, end_s) for one in ran),
        ticks=tuple(_ticks(end_s)) if ran else (),
        left_out=len(record.lessons) - len(ran),
    )


def _row(lesson: LessonResult, end_s: float) -> Row:
    percent = 100 / end_s
    budget_s = None if lesson.budget_s is None else lesson.started_s + lesson.budget_s
    return Row(
        lesson=lesson,
        label=f"{lesson.lesson} · {time_of(lesson)}",
        x=lesson.started_s * percent,
        width=lesson.seconds * percent,
        segments=tuple(_segments(lesson, percent)),
        budget_x=None if budget_s is None or budget_s > end_s else budget_s * percent,
    )


def _segments(lesson: LessonResult, percent: float) -> Iterator[Segment]:
    """Yield the start of the kernel (all that no cell accounts for), then the cells."""
    in_cells = sum(cell.seconds for cell in lesson.cells)
    # Cells may add up to a little more than the lesson: both are rounded.
    start_s = max(0.0, lesson.seconds - in_cells)
    if start_s:
        label = f"start: {seconds(start_s)}"
        yield Segment(lesson.started_s * percent, start_s * percent, "start", label)
    at_s = lesson.started_s + start_s
    for number, group in enumerate(_groups(lesson, percent)):
        took_s = sum(cell.seconds for cell in group)
        yield Segment(at_s * percent, took_s * percent, _kind(group, number), _label(group, took_s))
        at_s += took_s


def _groups(lesson: LessonResult, percent: float) -> Iterator[list[CellResult]]:
    group: list[CellResult] = []
    for cell in lesson.cells:
        if cell.seconds <= 0:
            continue
        group.append(cell)
        if sum(one.seconds for one in group) * percent >= _NARROWEST:
            yield group
            group = []
    if group:
        yield group


def _kind(group: list[CellResult], number: int) -> Kind:
    if any(cell.outcome in (Outcome.FAILED, Outcome.ERRORED) for cell in group):
        return "bad"
    return "odd" if number % 2 else "even"


def _label(group: list[CellResult], took_s: float) -> str:
    name = f"cell {group[0].id}" if len(group) == 1 else many(len(group), "cell")
    return f"{name}: {seconds(took_s)}"


def _ticks(end_s: float) -> Iterator[Tick]:
    step_s = next((one for one in _STEPS_S if end_s / one <= _MOST_TICKS), end_s)
    at_s = 0.0
    while at_s <= end_s:
        yield Tick(at_s / end_s * 100, _tick(at_s))
        at_s += step_s


def _tick(at_s: float) -> str:
    if at_s < 60:
        return f"{at_s:g} s"
    return f"{at_s / 60:g} min" if at_s < 3600 else f"{at_s / 3600:g} h"
