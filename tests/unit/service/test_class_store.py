"""Classes in the store, on both of its databases."""

from __future__ import annotations

from learned import tried

from courses.service.classes import store as classes
from courses.service.classes.model import END_NOTICE_S, Class, Seat, SeatState
from courses.service.store.store import Posted

NOON = 1_790_000_000.0


def a_class(name="aaaaaaaa", at_s=0.0, **changes):
    one = Class(
        id=name,
        course="welcome",
        group="Tuesday",
        size="cpu",
        reservation="class-a",
        starts_at=NOON + at_s,
        ends_at=NOON + at_s + 3600,
        empty_s=600,
    )
    return one.model_copy(update=changes)


def test_a_class_comes_back_as_it_was_kept(store):
    # given
    one = a_class()
    # when
    classes.add(store.engine, one, ["cleo", "anna"])
    # then
    assert classes.find(store.engine, one.id) == one.model_copy(update={"people": 2})
    assert classes.find(store.engine, "bbbbbbbb") is None
    assert [seat.user for seat in classes.seats(store.engine, one.id)] == ["anna", "cleo"]
    ((found, seat),) = classes.seats_of(store.engine, "cleo")
    assert (found.id, seat) == (one.id, Seat(user="cleo"))


def test_seats_are_kept_and_an_opening_is_never_lost(store):
    # given
    one = a_class()
    classes.add(store.engine, one, ["anna", "cleo"])
    anna = Seat(user="anna", state=SeatState.FAILED, since=NOON, why="No.", tries=2, tried_at=NOON)
    # when a trainee opens their seat while the loop keeps what it saw before
    classes.opened(store.engine, one.id, "anna", NOON + 5)
    classes.opened(store.engine, one.id, "anna", NOON + 9)
    classes.save(store.engine, one.id, [anna])
    # then
    kept = classes.seats(store.engine, one.id)[0]
    assert kept == anna.model_copy(update={"opened_at": NOON + 5})


def test_coming_classes_are_listed_before_those_that_are_over(store):
    # given
    for name, at_s in (("aaaaaaaa", 0), ("bbbbbbbb", 9000), ("cccccccc", 5000)):
        classes.add(store.engine, a_class(name, at_s), ["anna"])
    classes.add(store.engine, a_class("dddddddd", 0, course="another"), ["anna"])
    # when
    classes.close(store.engine, "aaaaaaaa", NOON)
    # then
    listed = [one.id for one in classes.of_course(store.engine, "welcome")]
    assert listed == ["cccccccc", "bbbbbbbb", "aaaaaaaa"]
    assert "aaaaaaaa" not in [one.id for one in classes.unfinished(store.engine)]
    assert len(classes.of_course(store.engine)) == 4


def test_a_start_by_hand_counts_once_and_tries_again_who_failed(store):
    # given
    one = a_class()
    classes.add(store.engine, one, ["anna"])
    failed = Seat(user="anna", state=SeatState.FAILED, since=NOON, tries=3, why="No.")
    classes.save(store.engine, one.id, [failed])
    # when
    classes.begin(store.engine, one.id, NOON - 900)
    classes.begin(store.engine, one.id, NOON - 800)
    # then
    begun = classes.find(store.engine, one.id)
    assert (begun.begun_at, begun.opens_at) == (NOON - 900, NOON - 900)
    (anna,) = classes.seats(store.engine, one.id)
    assert (anna.state, anna.tries, anna.why) == (SeatState.NOT_STARTED, 0, "")


def test_an_end_by_hand_is_soon_and_never_later_than_planned(store):
    one = a_class()
    classes.add(store.engine, one, ["anna"])
    assert classes.end(store.engine, one.id, NOON) == NOON + END_NOTICE_S
    assert classes.end(store.engine, one.id, NOON + 60) == NOON + END_NOTICE_S
    assert classes.find(store.engine, one.id).ends_at == NOON + END_NOTICE_S


def test_notes_are_the_newest_first(store):
    one = a_class()
    classes.add(store.engine, one, ["anna"])
    for text in ("First.", "<b>Second</b>"):
        classes.add_note(store.engine, one.id, text, NOON)
    assert [note.text for note in classes.notes(store.engine, one.id)] == [
        "<b>Second</b>",
        "First.",
    ]
    assert [note.text for note in classes.notes(store.engine, one.id, most=1)] == ["<b>Second</b>"]


def test_who_erases_everything_leaves_their_classes_too(store):
    # given
    one = a_class()
    classes.add(store.engine, one, ["anna", "cleo"])
    # when
    store.erase("anna")
    classes.save(store.engine, one.id, [Seat(user="anna", state=SeatState.READY)])
    # then
    assert [seat.user for seat in classes.seats(store.engine, one.id)] == ["cleo"]
    assert classes.seats_of(store.engine, "anna") == ()


def test_old_classes_go_with_old_events_and_people_of_coming_ones_stay(store):
    # given
    classes.add(store.engine, a_class(), ["anna"])
    classes.add_note(store.engine, "aaaaaaaa", "Welcome.", NOON)
    classes.add(store.engine, a_class("bbbbbbbb", 90_000), ["cleo"])
    store.append([Posted("anna", (tried(0, "right"),))], 0)
    # when
    store.forget_before(int((NOON + 50_000) * 1000) + 10**13)
    # then everything is old
    assert classes.of_course(store.engine) == ()
    # given
    classes.add(store.engine, a_class(), ["anna"])
    classes.add(store.engine, a_class("bbbbbbbb", 90_000), ["cleo"])
    # when only the first one is
    store.forget_before(int((NOON + 50_000) * 1000))
    # then
    assert [one.id for one in classes.of_course(store.engine)] == ["bbbbbbbb"]
    assert [seat.user for seat in classes.seats(store.engine, "bbbbbbbb")] == ["cleo"]
