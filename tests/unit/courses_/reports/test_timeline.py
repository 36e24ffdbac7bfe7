"""Where the time went: the geometry of the picture."""

import pytest

from courses.validation.record import CellResult, LessonResult, Outcome
from courses.validation.reports.timeline import timeline


def lesson(id="one", *, started_s=0.0, cells=(), **more):  # noqa: A002
    made = tuple(
        CellResult(id=f"c{n}", line=n, outcome=Outcome.PASSED, seconds=one)
        for n, one in enumerate(cells)
    )
    values = {"notebook": "one.ipynb", "outcome": Outcome.PASSED, **more}
    return LessonResult(lesson=id, started_s=started_s, cells=made, **values)


def test_a_bar_begins_and_ends_where_its_lesson_did(a_record):
    drawn = timeline(a_record(lesson(seconds=5), lesson("two", started_s=5, seconds=15)))
    assert [(row.x, row.width) for row in drawn.rows] == [(0, 25), (25, 75)]


def test_a_bar_is_the_start_and_then_the_cells(a_record):
    (row,) = timeline(a_record(lesson(seconds=10, cells=(2, 6)))).rows
    assert [(one.kind, one.x, one.width) for one in row.segments] == [
        ("start", 0, 20),
        ("even", 20, 20),
        ("odd", 40, 60),
    ]
    assert row.segments[1].label == "cell c0: 2.0 s"


def test_cells_too_short_to_see_are_drawn_as_one(a_record):
    (row,) = timeline(a_record(lesson(seconds=100, cells=(0.1,) * 200))).rows
    assert len(row.segments) == 1 + 50
    assert row.segments[1].label == "4 cells: 0.4 s"


def test_a_budget_is_marked_where_it_is_in_the_picture(a_record):
    over, under = timeline(
        a_record(lesson(seconds=10, budget_s=5), lesson("two", seconds=2, budget_s=60))
    ).rows
    assert (over.budget_x, under.budget_x) == (50, None)


def test_what_did_not_run_just_now_has_no_bar(a_record):
    drawn = timeline(
        a_record(
            lesson(seconds=1),
            lesson("cached", seconds=50, cached=True),
            lesson("gpu", outcome=Outcome.NOT_VALIDATED),
        )
    )
    assert [row.lesson.lesson for row in drawn.rows] == ["one"]
    assert drawn.left_out == 2


@pytest.mark.parametrize("seconds", [0.2, 3.0, 61.0, 5000.0, 400_000.0])
def test_the_axis_has_a_handful_of_ticks_for_any_length(a_record, seconds):
    ticks = timeline(a_record(lesson(seconds=seconds))).ticks
    assert 1 <= len(ticks) <= 8
    assert ticks[0].label == "0 s"
    assert all(0 <= tick.x <= 100.001 for tick in ticks)


def test_nothing_that_ran_is_no_picture(a_record):
    drawn = timeline(a_record(lesson(outcome=Outcome.NOT_VALIDATED)))
    assert (drawn.rows, drawn.ticks, drawn.said) == ((), (), "No lesson ran.")
