"""The scheduler is asked at once for somebody's news, and rarely on the whole."""

from __future__ import annotations

import pytest

from spawners.pace import Pace

MINUTE_S = 60.0


def questions(pace: Pace, *, waiting: bool, news_every_s: float | None, lasting_s: float) -> int:
    """Count the questions in a time in which news comes in at this rate."""
    now = start = 1000.0
    asked = 0
    while now < start + lasting_s:
        pause = pace.pause_s(waiting=waiting)
        if news_every_s is not None and news_every_s < pause:
            pause = news_every_s + pace.gap_s(now + news_every_s)
        now += pause
        pace.asked(now, answered=True)
        asked += 1
    return asked


def test_nobody_waits_for_anything() -> None:
    count = questions(Pace(), waiting=False, news_every_s=None, lasting_s=10 * MINUTE_S)

    assert count / 10 <= 4


def test_somebody_waits_for_an_hour() -> None:
    count = questions(Pace(), waiting=True, news_every_s=None, lasting_s=60 * MINUTE_S)

    assert count / 60 <= 25


def test_a_flood_of_news_does_not_flood_the_scheduler() -> None:
    pace = Pace()

    count = questions(pace, waiting=True, news_every_s=0.01, lasting_s=10 * MINUTE_S)

    assert count <= pace.burst + 10 * pace.per_minute * 1.1


def test_the_first_news_is_asked_for_at_once() -> None:
    pace = Pace()

    assert pace.gap_s(1000.0) == pytest.approx(pace.quick_s)


def test_a_scheduler_that_is_silent_is_asked_more_and_more_rarely() -> None:
    pace = Pace()
    pauses = []
    for now in range(1000, 1012):
        pauses.append(pace.pause_s(waiting=True))
        pace.asked(float(now), answered=False)

    assert pauses[0] < 4 < 30 < pauses[-1] <= pace.longest_s * 1.2
    assert pace.gap_s(1012.0) > 30
    pace.asked(1013.0, answered=True)
    assert pace.pause_s(waiting=True) < 4
