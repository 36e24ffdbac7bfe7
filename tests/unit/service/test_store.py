"""The learning store on both of its databases: once, in step, and really gone."""

from __future__ import annotations

import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from learned import NOON_MS, event, opened, tried

from courses.service.store import reading, tables
from courses.service.store.engine import migrate, newest, open_engine
from courses.service.store.latest import Latest
from courses.service.store.store import ERASED, Outcome, Posted, Store, person
from spawners.errors import InvalidInput, OnboardError

KEY = b"the site's secret"


def send(store, user, *events):
    (outcome,) = store.append([Posted(user, events)], NOON_MS)
    return outcome


def count(store, table):
    with store.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def own(store, user):
    return reading.own(store.engine, user)


def test_an_event_that_is_sent_again_is_known_and_counts_once(store):
    # given
    first, second = tried(1, "wrong"), tried(2, "right")
    send(store, "anna", first)
    # when
    again = send(store, "anna", first, second, second)
    # then
    assert again == Outcome(accepted=1, known=2)
    assert count(store, tables.events) == 2
    assert own(store, "anna").exercises[0].attempts == 2


def test_one_group_of_requests_may_hold_the_same_event_twice(store):
    # given
    one = tried(1, "wrong")
    # when
    outcomes = store.append([Posted("anna", (one,)), Posted("anna", (one,))], NOON_MS)
    # then
    assert outcomes == [Outcome(1, 0), Outcome(0, 1)]


def test_nobody_can_use_up_the_id_of_somebody_elses_event(store):
    # given
    one = tried(1, "right")
    send(store, "eve", one)
    # when
    outcome = send(store, "anna", one)
    # then
    assert outcome == Outcome(1, 0)
    assert own(store, "anna").exercises[0].is_right


def test_what_is_stored_is_what_was_sent_in_its_order(store):
    # given
    sent = [event(9 - n, seq=n, detail={"message": "é\ud800\x00", "n": n}) for n in range(5)]
    # when
    send(store, "anna", *sent)
    # then
    (page,) = reading.events(store.engine, name="anna")
    assert [(one.id, one.seq, one.at_ms, one.detail) for one in page] == [
        (one.id, one.seq, one.at_ms, dict(one.detail)) for one in sent
    ]


def test_summaries_say_what_was_first_and_last_by_the_events_own_time(store):
    # given
    events = [
        opened(0),
        tried(10, "wrong", "Off by one."),
        event(15, kind="hint-shown", state=""),
        tried(20, "right"),
        tried(30, "wrong", "Broken again."),
        event(40, kind="solution-shown", state=""),
        opened(50),
    ]
    for seed in range(5):
        # when they arrive in any order, in requests of any size
        user = f"user{seed}"
        random.Random(seed).shuffle(events)
        cut = seed + 1
        send(store, user, *events[:cut])
        send(store, user, *events[cut:])
        # then
        (lesson,), (exercise,) = own(store, user).lessons, own(store, user).exercises
        assert (lesson.opened, lesson.first_ms, lesson.last_ms) == (2, NOON_MS, NOON_MS + 50_000)
        assert exercise == reading.ExerciseRow(
            course="welcome",
            lesson="first",
            exercise="mean",
            attempts=3,
            hints=1,
            solutions=1,
            first_try_ms=NOON_MS + 10_000,
            first_right_ms=NOON_MS + 20_000,
            last_ms=NOON_MS + 40_000,
            last_state="wrong",
            last_message="Broken again.",
        )


def test_an_exercise_that_was_only_met_is_seen_and_not_tried(store):
    # when
    send(store, "anna", tried(1, "not attempted"), tried(2, "not checked"))
    # then
    (exercise,) = own(store, "anna").exercises
    assert (exercise.attempts, exercise.first_try_ms, exercise.last_state) == (
        0,
        None,
        "not checked",
    )


def test_a_class_in_numbers(store):
    # given
    for number, solved_after_s in enumerate((4, 8, 60)):
        says = "Off by one." if number else "A typo."
        events = (opened(0), tried(1, "wrong", says), tried(1 + solved_after_s, "right"))
        send(store, f"user{number}", *events)
    send(store, "user9", opened(0), tried(5, "wrong", "Off by one.", exercise="sum"))
    send(store, "other", opened(0, course="another"), tried(1, "right", course="another"))
    # when
    found = reading.of_class(store.engine, "welcome")
    # then
    mean, total = found.exercises
    assert (mean.lesson, mean.exercise) == ("first", "mean")
    assert (mean.people, mean.attempts, mean.right, mean.solve_ms) == (3, 6, 3, 8000)
    assert (total.people, total.attempts, total.right, total.solve_ms) == (1, 1, 0, None)
    cells = {cell.user: (cell.seen, cell.right, cell.attempts) for cell in found.cells}
    assert cells == {f"user{n}": (1, 1, 2) for n in range(3)} | {"user9": (1, 0, 1)}


def test_what_each_person_of_a_class_is_at(store):
    # given
    send(store, "anna", tried(1, "wrong", "No."), tried(9, "wrong", "Still no.", exercise="sum"))
    send(store, "anna", tried(12, "wrong", "Off by one.", exercise="sum"))
    send(store, "bob", tried(1, "wrong"), tried(2, "right"))
    send(store, "other", tried(1, "wrong", course="another"))
    # when
    found = {one.user: one for one in reading.of_class(store.engine, "welcome").latest}
    # then
    assert set(found) == {"anna", "bob"}
    assert found["anna"] == Latest(
        user="anna",
        lesson="first",
        exercise="sum",
        attempts=2,
        first_try_ms=NOON_MS + 9000,
        first_right_ms=None,
        last_ms=NOON_MS + 12_000,
        wrong_message="Off by one.",
    )
    assert found["bob"].first_right_ms == NOON_MS + 2000


def test_of_two_at_the_same_moment_one_counts(store):
    # when
    send(store, "anna", tried(1, "wrong"), tried(1, "wrong", exercise="sum"))
    # then
    (one,) = reading.of_class(store.engine, "welcome").latest
    assert one.exercise == "sum"


def test_a_class_costs_as_many_questions_however_large_it_is(store):
    # given
    asked: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def questions() -> int:
        asked.clear()
        reading.of_class(store.engine, "welcome")
        return sum(one.startswith("SELECT") for one in asked)

    send(store, "user0", opened(0), tried(1, "wrong"))
    few = questions()
    for number in range(1, 12):
        lessons = [f"lesson-{n}" for n in range(5)]
        send(store, f"user{number}", *(tried(1, "wrong", lesson=one) for one in lessons))
    # when
    many = questions()
    # then
    assert many == few == 5


def test_what_is_erased_is_gone_from_every_table(store):
    # given
    send(store, "anna", opened(0), tried(1, "right", "Anna's own words."))
    send(store, "bob", opened(0), tried(1, "wrong"))
    # when
    erased = store.erase("anna", NOON_MS + 10_000)
    # then
    assert erased
    assert own(store, "anna") == reading.Own()
    for table in (tables.users, tables.events, tables.exercises, tables.lessons):
        with store.engine.connect() as connection:
            rows = connection.execute(sa.select(table)).all()
        assert rows, f"{table}: bob is still there"
        assert "anna" not in repr(rows).lower()
    assert not store.erase("anna", NOON_MS + 10_000)


def test_what_is_erased_is_not_in_the_files_either(tmp_path):
    # given
    store = Store(f"sqlite:///{tmp_path}/learning.sqlite", key=KEY)
    send(store, "anna", *(tried(n, "wrong", "Xylophone.") for n in range(200)))
    assert any(b"Xylophone" in one.read_bytes() for one in tmp_path.iterdir())
    # when
    store.erase("anna")
    # then
    assert not any(b"Xylophone" in one.read_bytes() for one in tmp_path.iterdir())
    assert not any(b"anna" in one.read_bytes() for one in tmp_path.iterdir())
    store.close()


def test_what_is_erased_leaves_the_files_once_nobody_reads_who_began_before(tmp_path):
    # given
    store = Store(f"sqlite:///{tmp_path}/learning.sqlite", key=KEY)
    send(store, "anna", tried(1, "wrong", "Xylophone."))
    with store.engine.connect() as reader:
        reader.execute(sa.select(tables.events)).fetchall()
        # when
        store.erase("anna")
        # then who reads does not hold it up, and it is known that it is not done
        assert not store.empty_log()
    assert store.empty_log()
    assert not any(b"Xylophone" in one.read_bytes() for one in tmp_path.iterdir())
    store.close()


def test_what_came_from_a_clock_that_is_ahead_stays_erased_too(store):
    # given
    ahead = tried(3600, "wrong")
    send(store, "anna", ahead)
    store.erase("anna", NOON_MS)
    # when
    outcome = send(store, "anna", ahead, tried(3601, "right"))
    # then
    assert [one.id for one in outcome.refused] == [ahead.id]
    assert outcome.accepted == 1


def test_erased_events_that_arrive_late_stay_erased_and_new_ones_count(store):
    # given
    before, late, after = tried(1, "wrong"), tried(2, "wrong"), tried(11, "right")
    send(store, "anna", before)
    store.erase("anna", NOON_MS + 10_000)
    # when
    outcome = send(store, "anna", before, late, after)
    # then
    assert outcome.accepted == 1
    assert [(one.id, one.why) for one in outcome.refused] == [
        (before.id, ERASED),
        (late.id, ERASED),
    ]
    assert [one.attempts for one in own(store, "anna").exercises] == [1]


def test_a_new_pseudonym_after_erasure_leads_back_to_nobody(store):
    # given
    send(store, "anna", tried(1, "right"))
    before = own(store, "anna").pseudonym
    # when
    store.erase("anna", NOON_MS + 2000)
    send(store, "anna", tried(5, "right"))
    # then
    assert own(store, "anna").pseudonym not in ("", before)


def test_what_stands_for_an_erased_person_tells_nobody_who_it_was():
    assert person(KEY, "anna") != person(b"another key", "anna")
    assert "anna" not in person(KEY, "anna")


def test_what_is_too_old_goes_and_takes_its_people_along(store):
    # given
    send(store, "gone", opened(0), *(tried(n, "wrong") for n in range(20)))
    send(store, "here", tried(0, "wrong"), tried(100, "right"))
    store.erase("long-gone", NOON_MS)
    # when
    while store.forget_before(NOON_MS + 50_000):
        pass
    # then
    assert own(store, "gone") == reading.Own()
    assert count(store, tables.users) == count(store, tables.events) == 1
    assert own(store, "here").exercises[0].attempts == 2
    assert count(store, tables.erasures) == 0


def test_more_than_one_go_forgets_all(store, monkeypatch):
    # given
    monkeypatch.setattr("courses.service.store.store._AT_ONCE", 3)
    send(store, "gone", *(tried(n, "wrong") for n in range(7)))
    # when
    goes = [store.forget_before(NOON_MS + 50_000) for _ in range(3)]
    # then
    assert goes == [True, True, False]
    assert count(store, tables.events) == 0


def test_all_or_nothing(store, monkeypatch):
    # given a fault in the middle of a transaction
    broken = sa.text("INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr("courses.service.store.store.merge_lessons", lambda _: broken)
    one = tried(1, "right")
    with pytest.raises(sa.exc.SQLAlchemyError):
        send(store, "anna", one)
    monkeypatch.undo()
    # when it is sent again
    assert count(store, tables.events) == 0
    outcome = send(store, "anna", one)
    # then
    assert outcome == Outcome(1, 0)
    assert own(store, "anna").exercises[0].attempts == 1


def test_several_processes_may_write_at_once(store, url):
    # given
    events = [tried(n, "wrong", exercise=f"e{n % 7}") for n in range(300)]
    others = [Store(url, key=KEY) for _ in range(3)]

    def write(one):
        return sum(send(one, "anna", *events[n : n + 10]).accepted for n in range(0, 300, 10))

    # when
    with ThreadPoolExecutor(3) as pool:
        accepted = list(pool.map(write, others))
    # then
    assert sum(accepted) == 300
    assert sum(one.attempts for one in own(store, "anna").exercises) == 300
    for one in others:
        one.close()


def test_several_may_start_at_once(url):
    # when
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(url, key=KEY), range(4)))
    # then
    for store in stores:
        assert send(store, "anna", tried(1, "right")).accepted == 1
        store.close()


def test_a_start_changes_nothing_that_is_up_to_date(store, url):
    # given
    send(store, "anna", tried(1, "right"))
    # when
    again = Store(url, key=KEY)
    # then
    assert own(again, "anna").exercises[0].is_right
    again.close()


def test_the_tables_are_as_the_code_has_them(store):
    # given
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    # when
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        difference = compare_metadata(context, tables.metadata)
        revision = context.get_current_revision()
    # then
    assert difference == []
    assert revision == newest()


def test_a_database_of_a_newer_version_is_left_alone(store):
    # given
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    # when
    with pytest.raises(OnboardError, match="9999") as caught:
        migrate(store.engine)
    # then
    assert "newer version" in caught.value.hint


def test_a_file_that_is_no_database_is_said_in_a_sentence(tmp_path):
    # given
    (tmp_path / "learning.sqlite").write_bytes(b"not a database" * 100)
    # when
    with pytest.raises(OnboardError, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/learning.sqlite", key=KEY)


@pytest.mark.parametrize("address", ["mysql://user:secret@host/db", "secret", ""])
def test_an_address_that_is_none_is_refused_without_telling_it(address):
    # when
    with pytest.raises(InvalidInput) as caught:
        open_engine(address)
    # then
    assert "secret" not in str(caught.value)


def test_sqlite_writes_ahead_and_waits_for_the_disk(tmp_path):
    # given
    store = Store(f"sqlite:///{tmp_path}/learning.sqlite", key=KEY)
    # when
    with store.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        full = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
    store.close()
    # then
    assert (mode, full) == ("wal", 2)
    with sqlite3.connect(tmp_path / "learning.sqlite") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()
