"""Who of a class is where, who is stuck, and what is done: by one rule each."""

import pytest
from fake_hub import SERVICE_TOKEN
from learned import NOON_MS

from courses.authoring.manifest import Course
from courses.service.classroom import stuck
from courses.service.classroom import view as classroom
from courses.service.classroom.people import Sort
from courses.service.classroom.sessions import SessionNow, Where, read
from courses.service.learning.amount import about, amount
from courses.service.store.latest import Latest
from courses.service.store.mistakes import Mistake
from courses.service.store.reading import Cell, ExerciseOfClass, OfClass
from spawners.words import Words

MINUTE_MS = 60_000
WORDS = Words("en")
LESSON = {"summary": "…", "duration_minutes": 5}
COURSE = Course.model_validate(
    {
        "id": "welcome",
        "version": "1.0.0",
        "title": "Welcome",
        "summary": "…",
        "authors": ["A"],
        "licence": "CC0-1.0",
        "lessons": [
            {"id": "first", "title": "One", "notebook": "1.ipynb", **LESSON},
            {"id": "second", "title": "Two", "notebook": "2.ipynb", **LESSON},
        ],
    }
)
TITLES = {"first": {"mean": "The mean"}, "second": {"sum": "The sum"}}


def ago(minutes):
    return NOON_MS - int(minutes * MINUTE_MS)


def at(user="anna", *, tries=3, first=20, last=1, right=None, lesson="first", exercise="mean"):
    """What somebody is at; `first`, `last` and `right` are minutes ago."""
    return Latest(
        user,
        lesson,
        exercise,
        tries,
        ago(first) if tries else None,
        None if right is None else ago(right),
        ago(last),
        "Off by one.",
    )


@pytest.mark.parametrize(
    ("one", "since"),
    [
        (at(tries=3, first=2), 2),
        (at(tries=2, first=2), None),
        (at(tries=1, first=10), 10),
        (at(tries=1, first=9.9), None),
        (at(tries=0), None),
        (at(tries=9, right=1), None),
    ],
)
def test_who_tried_often_or_for_long_is_stuck(one, since):
    found = stuck.since_ms(one, active_ms=ago(1), began_ms=0, now_ms=NOON_MS)
    assert found == (None if since is None else ago(since))


@pytest.mark.parametrize(("active", "is_stuck"), [(0, True), (15, True), (15.1, False)])
def test_who_did_nothing_for_a_while_is_away_and_not_stuck(active, is_stuck):
    found = stuck.since_ms(at(), active_ms=ago(active), began_ms=0, now_ms=NOON_MS)
    assert (found is not None) is is_stuck


def test_the_days_between_two_sessions_do_not_count():
    yesterday = at(tries=1, first=24 * 60, last=1)
    begun = ago(4)
    # one more wrong try in a session of four minutes is no ten minutes
    assert stuck.since_ms(yesterday, active_ms=ago(1), began_ms=begun, now_ms=NOON_MS) is None
    # nor is an exercise that was not touched again
    untouched = at(tries=5, first=24 * 60, last=23 * 60)
    assert stuck.since_ms(untouched, active_ms=ago(1), began_ms=begun, now_ms=NOON_MS) is None
    # but the third is a third, and has lasted for as long as the session
    third = at(tries=3, first=24 * 60, last=1)
    assert stuck.since_ms(third, active_ms=ago(1), began_ms=begun, now_ms=NOON_MS) == begun


def cell(user, lesson="first", *, right=0, met=1, last=1):
    return Cell(user, lesson, met, right, 3, ago(last))


def in_session(since=60, course="welcome", where=Where.IN_SESSION):
    return SessionNow(where, ago(since) / 1000, course)


def view(*found, sessions=None, by=Sort.NAME):
    cells = tuple(one for one in found if isinstance(one, Cell))
    latest = tuple(one for one in found if isinstance(one, Latest))
    of_class = OfClass(cells, (), latest)
    return classroom.view(
        of_class, COURSE, WORDS, NOON_MS / 1000, titles=TITLES, sessions=sessions, by=by
    )


def test_who_needs_help_comes_by_how_long():
    # when
    shown = view(
        cell("anna"), at("anna", first=5), cell("bob"), at("bob", first=50, tries=1), cell("cem")
    )
    # then
    said = [(one.user, one.exercise, one.lesson, one.tries, one.stuck_for) for one in shown.help]
    assert said == [
        ("bob", "The mean", "One", "1 wrong try", "50 min"),
        ("anna", "The mean", "One", "3 wrong tries", "5 min"),
    ]
    assert shown.help[0].message == "Off by one."
    assert shown.counts.stuck == 2
    assert [row.is_stuck for row in shown.rows] == [True, True, False]


def test_the_list_is_short_and_says_how_many_more():
    people = [f"user{number:02}" for number in range(classroom.MOST_HELP + 3)]
    # when
    shown = view(*map(cell, people), *map(at, people))
    # then
    assert (len(shown.help), shown.more_help) == (classroom.MOST_HELP, 3)


def test_who_opened_another_lesson_left_the_exercise_behind():
    shown = view(cell("anna", last=9), at("anna", last=9), cell("anna", "second", met=0, last=1))
    assert shown.help == ()
    assert shown.rows[0].at == "Two"


def test_sessions_are_counted_and_the_done_are_done():
    # given
    sessions = {
        "anna": in_session(),
        "bob": in_session(since=6, where=Where.WAITING),
    }
    done = [cell("anna", lesson, right=1) for lesson in ("first", "second")]
    # when
    shown = view(*done, cell("dora"), sessions=sessions)
    # then
    assert shown.counts == classroom.Counts(in_session=1, waiting=1, stuck=0, done=1)
    rows = {row.user: row for row in shown.rows}
    assert set(rows) == {"anna", "bob", "dora"}
    assert rows["anna"].is_done
    assert rows["bob"].now.startswith("waiting since")
    assert rows["dora"].now == ""
    assert shown.people == 2


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (in_session(), "in a session"),
        (in_session(course="another", since=60), "in a session"),
        (in_session(course="another", since=0.5), ""),
        (in_session(course="another", where=Where.WAITING), ""),
        (SessionNow(Where.IN_SESSION, None, "another"), ""),
    ],
)
def test_of_a_session_for_another_course_a_class_is_told_only_if_it_was_used_here(session, said):
    # given somebody who did something in this course a minute ago
    shown = view(cell("anna", last=1), sessions={"anna": session, "eve": session})
    # then
    rows = {row.user: row.now for row in shown.rows}
    assert rows["anna"] == said
    assert ("eve" in rows) is (session.course == "welcome")


def test_without_the_hub_nobody_is_said_to_be_anywhere():
    shown = view(cell("anna"))
    assert not shown.knows_sessions
    assert view(cell("anna"), sessions={}).knows_sessions
    assert shown.rows[0].now == ""


@pytest.mark.parametrize(
    ("by", "order"),
    [
        (Sort.NAME, ["anna", "bob", "cem"]),
        (Sort.PROGRESS, ["bob", "cem", "anna"]),
        (Sort.ACTIVE, ["bob", "anna", "cem"]),
    ],
)
def test_people_are_sorted_as_the_instructor_likes(by, order):
    found = [cell("cem", last=9), cell("bob", last=1), cell("anna", right=1, last=5)]
    assert [row.user for row in view(*found, by=by).rows] == order


def test_exercises_are_in_the_order_of_the_lesson_and_say_how_many_have_them_right():
    # given
    titles = {"first": {"sum": "The sum", "mean": "The mean"}}
    found = (
        ExerciseOfClass("first", "mean", 3, 7, 1, 0, Mistake(1, 2, "Off by one.")),
        ExerciseOfClass("first", "other", 2, 2, 0, None),
        ExerciseOfClass("first", "sum", 4, 4, 4, 65_000),
    )
    # when
    shown = classroom.view(OfClass((), found), COURSE, WORDS, NOON_MS / 1000, titles=titles)
    # then
    said = [(one.exercise, one.right_percent, one.solved_in) for one in shown.exercises]
    assert said == [
        ("The sum", 100, "1 min"),
        ("The mean", 33, "at the first try"),
        ("other", 0, ""),
    ]


def server(**changed):
    plain = {"ready": True, "pending": None, "stopped": False, "started": "2026-11-23T11:00:00Z"}
    return {**plain, "user_options": {"course": "welcome"}, **changed}


async def test_the_hubs_users_become_sessions(hub, client):
    # given
    hub.others = {
        "in": server(),
        "waits": server(ready=False, pending="spawn", started=None),
        "leaves": server(pending="stop"),
        "over": server(stopped=True),
        "plain": server(user_options=None),
        "none": None,
    }
    # when
    found = read(await client.sessions(SERVICE_TOKEN))
    # then
    began = NOON_MS / 1000 - 3600
    assert found == {
        "in": SessionNow(Where.IN_SESSION, began, "welcome"),
        "waits": SessionNow(Where.WAITING, None, "welcome"),
        "plain": SessionNow(Where.IN_SESSION, began, ""),
    }


@pytest.mark.parametrize(
    ("right", "met", "titles", "is_all", "share"),
    [
        (1, 2, {}, False, 0.5),
        (2, 2, {}, True, 1),
        (0, 0, {}, False, 0),
        (0, 0, {"first": {}}, True, 1),
        (1, 1, {"first": {"a": "A", "b": "B"}}, False, 0.5),
        (3, 3, {"first": {"a": "A", "b": "B"}}, True, 1),
    ],
)
def test_how_much_of_a_lesson_is_done(right, met, titles, is_all, share):
    found = amount(titles, "first", right=right, met=met)
    assert (found.is_all, found.share) == (is_all, share)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, ""),
        (0.2, "about 1 min left"),
        (9.5, "about 10 min left"),
        (22, "about 25 min left"),
        (25, "about 25 min left"),
        (61, "about 1 h 5 min left"),
    ],
)
def test_how_long_it_still_takes_is_said_roughly(minutes, said):
    assert about(minutes, WORDS) == said
