"""What a class needs: the same answer to the same question, whatever happened before."""

from __future__ import annotations

import random

import pytest

from courses.service.classes.model import Class, Seat, SeatState, lead_s
from courses.service.classes.plan import AT_ONCE, MOST_TRIES, Plan, Seen, plan

NOON = 1_790_000_000.0
EMPTY_S = 600
WELCOME = Class(
    id="0123abcd",
    course="welcome",
    group="Tuesday",
    size="cpu",
    starts_at=NOON,
    ends_at=NOON + 3600,
    empty_s=EMPTY_S,
    people=3,
)
OURS = Seen(class_id=WELCOME.id)
READY = Seen(class_id=WELCOME.id, ready=True)
OWN = Seen(ready=True)
ANNA = Seat(user="anna")


def seat(state: SeatState, **changes: object) -> Seat:
    return Seat(user="anna", **{"state": state, "since": NOON, **changes})


def ask(one: Seat, seen: Seen | None, at_s: float) -> Plan:
    return plan(WELCOME, [one], {"anna": seen} if seen else {}, NOON + at_s)


def state_of(found: Plan, before: Seat) -> SeatState:
    return found.seats[0].state if found.seats else before.state


def test_nothing_happens_before_a_class_opens_and_a_larger_one_opens_earlier():
    # given
    large = WELCOME.model_copy(update={"people": 300})
    # then
    assert ask(ANNA, None, -lead_s(3) - 1) == Plan()
    assert ask(ANNA, None, -lead_s(3)).start == ("anna",)
    assert large.opens_at < WELCOME.opens_at


def test_a_class_that_is_begun_by_hand_opens_then():
    begun = WELCOME.model_copy(update={"begun_at": NOON - 3000})
    assert plan(begun, [ANNA], {}, NOON - 2999).start == ("anna",)


def test_only_so_many_are_started_at_once():
    # given
    many = [Seat(user=f"user{number:02}") for number in range(30)]
    # when
    found = plan(WELCOME, many, {}, NOON)
    # then the first of them, and the others at the next looks
    assert found.start == tuple(one.user for one in many[:AT_ONCE])


@pytest.mark.parametrize(
    ("before", "seen", "after"),
    [
        (seat(SeatState.NOT_STARTED), OURS, SeatState.WAITING),
        (seat(SeatState.WAITING), OURS, SeatState.WAITING),
        (seat(SeatState.WAITING), READY, SeatState.READY),
        (seat(SeatState.READY), READY, SeatState.READY),
        (seat(SeatState.READY, opened_at=NOON + 5), READY, SeatState.OPENED),
        (seat(SeatState.READY), Seen(WELCOME.id, True, False, NOON + 30), SeatState.OPENED),
        (seat(SeatState.READY), Seen(WELCOME.id, True, False, NOON + 1), SeatState.READY),
        (seat(SeatState.NOT_STARTED), OWN, SeatState.OWN),
        (seat(SeatState.FAILED), READY, SeatState.READY),
        (seat(SeatState.OPENED, opened_at=NOON), None, SeatState.ENDED),
        (seat(SeatState.READY), None, SeatState.ENDED),
        (seat(SeatState.OWN), None, SeatState.ENDED),
        (seat(SeatState.GIVEN_BACK), None, SeatState.GIVEN_BACK),
        (seat(SeatState.GIVEN_BACK), OURS, SeatState.WAITING),
        (seat(SeatState.READY), Seen(WELCOME.id, False, True), SeatState.READY),
        (seat(SeatState.ENDED), None, SeatState.ENDED),
    ],
)
def test_a_seat_stands_as_its_session_does(before, seen, after):
    # when
    found = ask(before, seen, 60)
    # then
    assert state_of(found, before) is after
    assert (found.start, found.stop) == ((), ())


def test_who_ended_their_own_session_before_the_class_gets_one_of_it():
    found = ask(seat(SeatState.OWN), None, -60)
    assert found.seats[0].state is SeatState.NOT_STARTED
    assert plan(WELCOME, found.seats, {}, NOON - 58).start == ("anna",)


def test_a_seat_that_nobody_opened_is_given_back_and_no_sooner():
    ready = seat(SeatState.READY)
    assert ask(ready, READY, EMPTY_S - 1).stop == ()
    found = ask(ready, READY, EMPTY_S)
    assert (found.stop, found.seats[0].state) == (("anna",), SeatState.GIVEN_BACK)


def test_a_seat_that_was_ready_late_waits_as_long_as_the_others():
    late = seat(SeatState.READY, since=NOON + 500)
    assert ask(late, READY, EMPTY_S).stop == ()
    assert ask(late, READY, 500 + EMPTY_S).stop == ("anna",)


def test_an_opened_seat_is_never_given_back():
    opened = seat(SeatState.OPENED, opened_at=NOON)
    assert ask(opened, READY, EMPTY_S + 600).stop == ()


def test_an_end_that_the_hub_did_not_do_is_asked_for_again():
    assert ask(seat(SeatState.GIVEN_BACK), READY, EMPTY_S + 5).stop == ("anna",)


def test_a_start_that_came_to_nothing_is_tried_again_so_many_times_and_no_more():
    # given a session that is never there
    one, starts, now = ANNA, 0, 0.0
    for _ in range(200):
        # when somebody looks every two seconds
        found = ask(one, None, now)
        one = found.seats[0] if found.seats else one
        if found.start:
            starts += 1
            waiting = {"state": SeatState.WAITING, "tried_at": NOON + now, "tries": one.tries + 1}
            one = one.model_copy(update=waiting)
        now += 2
    # then
    assert starts == MOST_TRIES
    assert one.state is SeatState.FAILED


def test_why_a_start_came_to_nothing_is_asked_once():
    waiting = seat(SeatState.WAITING, tried_at=NOON)
    assert ask(waiting, None, 1).vanished == ()
    found = ask(waiting, None, 10)
    assert found.vanished == ("anna",)
    assert ask(found.seats[0], None, 11).vanished == ()


def test_nobody_is_started_when_seats_are_given_back_already():
    # given pages that were away since before the class began
    found = ask(ANNA, None, EMPTY_S)
    assert (found.start, found.seats[0].state) == ((), SeatState.GIVEN_BACK)


def test_the_end_ends_what_is_the_classs_and_leaves_alone_what_is_not():
    # given
    people = [Seat(user=name, state=SeatState.OPENED) for name in ("anna", "bob", "cleo")]
    sessions = {"anna": READY, "bob": OWN, "cleo": Seen(WELCOME.id, True, True)}
    # when
    found = plan(WELCOME, people, sessions, NOON + 3600)
    # then
    assert found.stop == ("anna",)
    assert not found.is_over
    # and once they are gone
    later = plan(WELCOME, people, {"bob": OWN}, NOON + 3610)
    assert later.is_over
    assert {one.state for one in later.seats} == {SeatState.ENDED}


def test_a_class_that_nobody_looked_after_ends_all_the_same():
    assert plan(WELCOME, [ANNA], {}, NOON + 9999) == Plan(is_over=True)


def test_asked_again_nothing_more_is_to_be_done():
    states = [seat(one) for one in SeatState]
    sessions = [None, OURS, READY, OWN, Seen(WELCOME.id, True, True)]
    for one in states:
        for seen in sessions:
            # given what one look left behind
            first = ask(one, seen, 60)
            left = first.seats[0] if first.seats else one
            if left.state is SeatState.NOT_STARTED:
                continue
            # when nothing has happened since
            again = ask(left, seen, 60)
            # then
            assert again.seats == ()
            assert again.start == first.start


def test_in_whatever_order_things_happen_a_class_ends_with_no_session():
    random_ = random.Random(7)
    for _ in range(200):
        # given people who come, go, fail, and start sessions of their own
        seats = {f"u{number}": Seat(user=f"u{number}") for number in range(4)}
        sessions: dict[str, Seen] = {}
        for now in range(-400, 3700, 20):
            for name in list(seats):
                sessions.update(_whim(random_, name, sessions))
                if random_.random() < 0.05:
                    sessions.pop(name, None)
            found = plan(WELCOME, seats.values(), sessions, NOON + now)
            seats |= {one.user: one for one in found.seats}
            for name in found.start:
                assert name not in sessions
                changes = {"state": SeatState.WAITING, "tried_at": NOON + now}
                tries = seats[name].tries + 1
                seats[name] = seats[name].model_copy(update={**changes, "tries": tries})
                sessions[name] = OURS
            for name in found.stop:
                assert sessions.pop(name).class_id == WELCOME.id
        # then
        assert plan(WELCOME, seats.values(), sessions, NOON + 3700).is_over
        assert not [one for one in sessions.values() if one.class_id]
        assert all(one.tries <= MOST_TRIES for one in seats.values())


def _whim(random_: random.Random, name: str, sessions: dict[str, Seen]) -> dict[str, Seen]:
    if name not in sessions:
        return {name: OWN} if random_.random() < 0.01 else {}
    if sessions[name].class_id and random_.random() < 0.3:
        return {name: READY}
    return {}
