"""Where most of a class were wrong last: by the check that they failed, and not by its words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from learned import NOON_MS, event, tried

from courses.service.store import reading
from courses.service.store.engine import MIGRATIONS, migrate, open_engine, writing
from courses.service.store.mistakes import NONE, Mistake
from courses.service.store.store import Posted, Store


def failed(check, message, at_s=1.0, **changed):
    return event(at_s, detail={"check": check, "message": message}, **changed)


def send(store, *each):
    """Send the events of as many people as there are arguments."""
    posted = [Posted(f"user{n}", tuple(events)) for n, events in enumerate(each)]
    store.append(posted, NOON_MS)


def mistake(store):
    (one,) = reading.of_class(store.engine, "welcome").exercises
    return one.mistake


def test_people_with_other_values_and_languages_are_wrong_at_the_same_check(store):
    # given
    send(
        store,
        [failed(2, "Yours is 4.2.")],
        [failed(2, "La vôtre est 4,3.")],
        [failed(2, "Yours is 5.")],
        [failed(2, "La vôtre est 4,3.")],
        [failed(1, "It is no number.")],
        [failed(1, "It is no number.")],
        [failed(1, "It is no number.")],
    )
    # when
    found = mistake(store)
    # then
    assert found == Mistake(people=4, check=2, message="La vôtre est 4,3.")
    assert type(found.people) is int


@pytest.mark.parametrize("step", [1, -1])
def test_of_groups_of_one_size_it_is_the_first_check_and_its_first_text(store, step):
    # given
    each = [
        [failed(3, "a")],
        [failed(3, "a")],
        [failed(2, "c")],
        [failed(2, "b")],
        [tried(1, "wrong", "An older session.")],
        [tried(1, "wrong", "An older session.")],
    ]
    # when
    send(store, *each[::step])
    # then
    assert mistake(store) == Mistake(2, 2, "b")


def test_what_older_sessions_send_counts_by_its_text(store):
    # given
    send(
        store,
        [tried(1, "wrong", "Off by one.")],
        [tried(1, "wrong", "Off by one.")],
        [tried(1, "wrong", "A typo.")],
        [failed(1, "Off by one.")],
    )
    # then
    assert mistake(store) == Mistake(2, None, "Off by one.")


def test_who_was_told_nothing_counts_where_the_check_is_known(store):
    # given
    send(store, [failed(1, "")], [failed(1, "")], [tried(1, "wrong")])
    # then
    assert mistake(store) == Mistake(2, 1, "")


def test_nobody_was_wrong(store):
    # given
    send(store, [event(1, state="right", detail={"check": 0, "message": ""})])
    # then
    assert mistake(store) == NONE


@pytest.mark.parametrize("together", [True, False])
def test_the_last_wrong_try_counts_in_whichever_order_they_come(store, together):
    # given
    last, first = failed(3, "Last.", 9), failed(1, "First.", 5)
    right = event(12, state="right", detail={"check": 0, "message": ""})
    # when
    for events in [[last, right, first]] if together else [[last], [right], [first]]:
        send(store, events)
    # then
    assert mistake(store) == Mistake(1, 3, "Last.")


def test_an_older_session_after_a_newer_one_leaves_no_check_that_is_not_its_own(store):
    # when
    send(store, [failed(3, "New.", 1)])
    send(store, [tried(2, "wrong", "Old.")])
    # then
    assert mistake(store) == Mistake(1, None, "Old.")


def test_a_store_from_before_keeps_its_rows_and_learns_checks(url):
    # given
    old = open_engine(url)
    with writing(old) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(sa.text("INSERT INTO users VALUES (1, 'user0', 'p')"))
        connection.execute(
            sa.text(
                "INSERT INTO exercise_progress VALUES ('welcome', 1, 'first', 'mean', 2, 0, 0, "
                ":now, NULL, :now, :now, 'wrong', 'Old.', :now, 'Old.')"
            ),
            {"now": NOON_MS},
        )
    # when
    migrate(old)
    old.dispose()
    store = Store(url, key=b"the site's secret")
    before = mistake(store)
    send(store, [failed(2, "New.", 1)])
    # then
    assert before == Mistake(1, None, "Old.")
    assert mistake(store) == Mistake(1, 2, "New.")
    (own,) = reading.own(store.engine, "user0").exercises
    assert own.attempts == 3
    store.close()
