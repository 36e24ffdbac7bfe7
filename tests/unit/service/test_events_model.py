"""One event: what is taken, what is refused, and with which reason."""

import json

import pytest
from learned import NOON_MS, raw

from courses.service.events.model import AHEAD_MS, MOST_CHECKS, judge

LONG_AGO_MS = 0


def judged(*found):
    return judge(list(found), now_ms=NOON_MS, oldest_ms=LONG_AGO_MS)


def test_a_right_event_is_taken_as_it_is():
    # when
    result = judged(raw(1.5, detail={"message": "Not yet.", "checks": [1, 2]}))
    # then
    (event,) = result.events
    assert event.at_ms == NOON_MS + 1500
    assert event.message == "Not yet."
    assert json.loads(event.detail_json) == {"message": "Not yet.", "checks": [1, 2]}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"v": 2}, "v: this site reads version 1"),
        ({"v": None}, "v: this site reads version 1"),
        ({"id": "0" * 31}, "id: "),
        ({"id": "../../etc/passwd"}, "id: "),
        ({"at": "2026-11-23T12:00:00"}, "at: "),
        ({"at": "yesterday"}, "at: "),
        ({"at": "0001-01-01T00:00:00Z"}, "at: "),
        ({"seq": -1}, "seq: "),
        ({"seq": 2**63}, "seq: "),
        ({"course": "Not A Course"}, "course: "),
        ({"lesson": "a" * 41}, "lesson: "),
        ({"release": "<script>"}, "release: "),
        ({"exercise": "x" * 101}, "exercise: "),
        ({"exercise": "a\x00b"}, "exercise: "),
        ({"exercise": ""}, "an opened lesson names no exercise"),
        ({"kind": "lesson-opened"}, "an opened lesson names no exercise"),
        ({"kind": "made-up"}, "kind: "),
        ({"state": "nearly"}, "state: "),
        ({"detail": {"text": "x" * 2048}}, "detail: "),
        ({"detail": {"number": float("nan")}}, "detail: "),
        ({"detail": []}, "detail: "),
        ({"user": "somebody else"}, "user: "),
    ],
)
def test_a_wrong_event_is_refused_with_the_reason_and_holds_up_no_other(changed, why):
    # given
    wrong, right = raw(**changed), raw()
    # when
    result = judged(wrong, right)
    # then
    (refused,) = result.refused
    assert refused.id == wrong["id"]
    assert why in refused.why
    assert [one.id for one in result.events] == [right["id"]]


@pytest.mark.parametrize("found", [None, 1, "text", [], {"id": 5}])
def test_what_is_no_event_at_all_is_refused(found):
    assert [one.id for one in judged(found).refused] == [""]


def test_things_in_things_in_things_are_refused():
    # given
    deep = []
    for _ in range(100_000):
        deep = [deep]
    # when
    result = judged(raw(detail={"deep": deep}))
    # then
    assert len(result.refused) == 1
    while deep:  # one by one: Python would need as many frames to drop them at once
        (deep,) = deep


def test_a_clock_may_be_ahead_a_little_and_what_is_too_old_is_refused():
    # given
    ahead, far = raw(AHEAD_MS / 1000), raw(AHEAD_MS / 1000 + 1)
    old = raw(-10)
    # when
    result = judge([ahead, far, old], now_ms=NOON_MS, oldest_ms=NOON_MS - 9000)
    # then
    assert [one.id for one in result.events] == [ahead["id"]]
    assert {one.id: one.why for one in result.refused} == {
        far["id"]: "at: it is in the future",
        old["id"]: "at: it is older than this site keeps events",
    }


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (1, 1),
        (MOST_CHECKS, MOST_CHECKS),
        (0, None),
        (-1, None),
        (MOST_CHECKS + 1, None),
        (2**70, None),
        (True, None),
        (1.0, None),
        ("1", None),
        ([1], None),
        (None, None),
    ],
)
def test_the_place_of_a_check_is_a_number_in_its_bounds_or_is_not_believed(said, believed):
    # when
    (event,) = judged(raw(detail={"check": said})).events
    # then
    assert event.failed_check == believed


def test_an_event_of_an_older_session_says_no_check():
    # when
    (event,) = judged(raw(detail={"message": "Not yet."})).events
    # then
    assert event.failed_check is None


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("two\nlines\tand\x00 \x1b[31mred", "two lines and [31mred"),
        ("\ud800 alone", "alone"),
        ("\u202eturned", "turned"),
        (5, ""),
        ("x" * 1000, "x" * 300),
    ],
)
def test_a_message_is_one_printable_line(message, shown):
    # when
    (event,) = judged(raw(detail={"message": message})).events
    # then
    assert event.message.strip() == shown
    assert event.detail_json.isascii()
