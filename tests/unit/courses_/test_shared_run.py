"""One run of a course for several processes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from courses.validation.record import Outcome, ValidationRecord
from courses.validation.shared_run import SharedRun
from spawners.errors import InvalidInput

RECORD = ValidationRecord(
    course="tiny",
    version="1.0.0",
    content_hash="a" * 64,
    machine="here",
    started_at="2026-01-01T00:00:00+00:00",
    validated_at="2026-01-01T00:01:00+00:00",
    seconds=1,
    outcome=Outcome.PASSED,
    lessons=(),
)


class Runs:
    """Runs courses, and counts how often."""

    def __init__(self, error=None):
        self.of = []
        self._error = error

    def __call__(self, folder):
        self.of.append(folder)
        if self._error:
            raise self._error
        return RECORD


def test_who_asks_twice_gets_the_same_run(tmp_path):
    runs = Runs()
    one = SharedRun(tmp_path, runs, None)
    assert one.record() == one.record() == RECORD
    assert runs.of == [tmp_path]


def test_several_who_ask_at_once_get_one_run(tmp_path):
    # given four who do not know of each other, but of one folder
    runs, at_once = Runs(), Barrier(4)

    def ask(_):
        at_once.wait(30)
        return SharedRun(tmp_path / "course", runs, tmp_path).record()

    # when they ask at once
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))

    # then all have the record of one run
    assert found == [RECORD] * 4
    assert len(runs.of) == 1


def test_two_courses_are_two_runs(tmp_path):
    runs = Runs()
    for name in ("a", "b"):
        SharedRun(tmp_path / name, runs, tmp_path).record()
    assert len(runs.of) == 2


def test_a_course_that_cannot_run_is_refused_to_all_alike_and_tried_once(tmp_path):
    runs = Runs(InvalidInput("It is broken.", hint="Mend it."))
    for _ in range(2):
        with pytest.raises(InvalidInput, match=r"It is broken\. Mend it\."):
            SharedRun(tmp_path / "course", runs, tmp_path).record()
    assert len(runs.of) == 1


def test_who_was_killed_while_running_does_not_hold_up_the_others(tmp_path):
    # given a run that was broken off
    def broken_off(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SharedRun(tmp_path / "course", broken_off, tmp_path).record()

    # then the next one runs the course
    assert SharedRun(tmp_path / "course", Runs(), tmp_path).record() == RECORD
