"""What trainees and instructors read of the store's rows; and nothing in it does anything."""

import csv
import io
import json
import re
import time
import uuid

import pytest
from learned import NOON_MS

from courses.authoring.manifest import Course
from courses.service.classroom import view as classroom
from courses.service.classroom.exercises import MOST_UNKNOWN
from courses.service.events import export as events_export
from courses.service.events.model import Kind
from courses.service.learning import progress
from courses.service.learning.going_on import GoOn, Taught
from courses.service.pages import filled, templates
from courses.service.store.latest import Latest
from courses.service.store.mistakes import NONE, Mistake
from courses.service.store.reading import (
    Cell,
    ExerciseOfClass,
    ExerciseRow,
    LessonRow,
    OfClass,
    Own,
    Stored,
)
from spawners.words import Words

NOW = NOON_MS / 1000 + 60
WORDS = Words("en")
TEMPLATES = templates()
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
TAUGHT = Taught(COURSE, {}, frozenset({"first", "second"}))


def exercise(name, right, lesson="first"):
    first_right = NOON_MS if right else None
    return ExerciseRow(
        "welcome", lesson, name, 1, 0, 0, NOON_MS, first_right, NOON_MS, "wrong", "No."
    )


def test_a_lesson_is_done_when_all_that_was_met_was_right_once():
    # given
    own = Own(
        "p",
        (
            LessonRow("welcome", "first", 1, NOON_MS, NOON_MS),
            LessonRow("welcome", "second", 1, NOON_MS, NOON_MS + 1000),
        ),
        (exercise("a", True), exercise("b", False), exercise("c", True, "second")),
    )
    # when
    found = {one.id: one for one in progress.of_course(own, TAUGHT, WORDS, NOW).lessons}
    # then
    assert found["first"].done == "1 of 2 exercises right"
    assert found["second"].done == "1 of 1 exercise right"
    assert [found[one].is_done for one in ("first", "second")] == [False, True]


def test_what_is_no_lesson_any_more_is_shown_last_by_its_id():
    # given
    rows = [LessonRow("welcome", one, 1, NOON_MS, NOON_MS) for one in ("gone", "second", "first")]
    # when
    (course,) = progress.of_all(Own("p", tuple(rows)), lambda _: TAUGHT, WORDS, NOW)
    (unpublished,) = progress.of_all(Own("p", tuple(rows)), lambda _: None, WORDS, NOW)
    # then
    assert [one.title for one in course.lessons] == ["One", "Two", "gone"]
    assert unpublished.title == "welcome"
    assert (unpublished.done, unpublished.go_on) == ("", None)
    only_gone = Own("p", tuple(rows[:1]))
    assert progress.of_course(only_gone, TAUGHT, WORDS, NOW).go_on is None


def test_thousands_of_lessons_that_somebody_made_up_hold_up_nobody():
    # given
    def took(many):
        names = [f"made-up-{n}" for n in range(many)]
        exercises = tuple(exercise("e", False, name) for name in names)
        began = time.process_time()
        shown(*map(opened, names), *exercises)
        return time.process_time() - began

    took(1)
    # when
    few, many = (min(took(lessons) for _ in range(3)) for lessons in (200, 2000))
    # then
    assert many < 25 * few


def opened(lesson, at_s=0):
    return LessonRow("welcome", lesson, 1, NOON_MS, NOON_MS + at_s * 1000)


TWO_EACH = {lesson: {"a": "The mean", "b": "The sum"} for lesson in ("first", "second")}


def shown(*rows, titles=TWO_EACH, startable=("first", "second")):
    lessons = tuple(row for row in rows if isinstance(row, LessonRow))
    exercises = tuple(row for row in rows if isinstance(row, ExerciseRow))
    taught = Taught(COURSE, titles, frozenset(startable))
    return progress.of_course(Own("p", lessons, exercises), taught, WORDS, NOW)


def test_what_is_left_is_told_by_the_exercises_that_a_release_has():
    # given one of two right, of a lesson of five minutes; and five more to come
    found = shown(opened("first"), exercise("a", True), exercise("gone", True))
    # then
    (lesson,) = found.lessons
    assert (lesson.done, lesson.left) == ("1 of 2 exercises right", "about 3 min left")
    assert (found.done, found.left, found.percent) == (
        "0 of 2 lessons done",
        "about 8 min left",
        25,
    )


def test_one_goes_on_where_one_stopped_or_with_the_lesson_after():
    half = (opened("first"), exercise("a", True))
    whole = (*half, exercise("b", True))
    assert shown().go_on is None
    assert shown(*half).go_on == GoOn("first", "One", opened=True)
    assert shown(*whole).go_on == GoOn("second", "Two", opened=False)
    # and not to a lesson that this site has no session for
    assert shown(*whole, startable=["first"]).go_on is None
    # and back to what was left out
    second = [exercise(one, True, "second") for one in "ab"]
    assert shown(*half, opened("second", 9), *second).go_on == GoOn("first", "One", opened=True)


def test_a_course_is_done_when_nothing_is_left():
    # given a lesson to read, and one that is solved
    titles = {**TWO_EACH, "second": {}}
    rows = [opened("first"), exercise("a", True), exercise("b", True), opened("second")]
    # when
    found = shown(*rows, titles=titles)
    # then
    assert found.is_done
    assert (found.left, found.percent, found.go_on) == ("", 100, None)


def test_own_results_are_in_the_order_of_the_lesson_by_their_titles():
    # given
    rows = [exercise("zebra", False), exercise("b", True), exercise("a", False)]
    # when
    (lesson,) = shown(opened("first"), *rows).lessons
    # then
    said = [(one.title, one.said, one.tries) for one in lesson.results]
    assert said == [
        ("The mean", "not right yet", "1 try"),
        ("The sum", "right", "1 try"),
        ("zebra", "not right yet", "1 try"),
    ]


def of_class():
    return OfClass(
        (
            Cell("anna", "first", 2, 2, 5, NOON_MS),
            Cell("anna", "second", 0, 0, 0, NOON_MS),
            Cell("bob", "first", 2, 1, 2, NOON_MS),
        ),
        (ExerciseOfClass("first", "mean", 2, 7, 1, 65_000, Mistake(1, 2, "Off by one.")),),
    )


def test_a_class_is_a_funnel_a_table_and_its_exercises():
    # when
    view = classroom.view(of_class(), COURSE, WORDS, NOW)
    # then
    assert view.people == 2
    assert [(bar.title, bar.opened, bar.done) for bar in view.funnel] == [
        ("One", 2, 1),
        ("Two", 1, 0),
    ]
    assert view.funnel[0].opened_wide == 2 * view.funnel[0].done_wide == classroom.WIDE
    assert [(row.user, row.cells, row.right) for row in view.rows] == [
        ("anna", ("2/2", "·"), 2),
        ("bob", ("1/2", ""), 1),
    ]
    assert (view.exercises[0].lesson, view.exercises[0].solved_in) == ("One", "1 min")


@pytest.mark.parametrize(
    ("language", "mistake", "said"),
    [
        ("en", Mistake(1, 2, "<4.2>"), "<strong>Check 2: 1 person</strong> &lt;4.2&gt;"),
        ("en", Mistake(4, 2, ""), "<strong>Check 2: 4 people</strong>"),
        ("fr", Mistake(4, 2, "4,2"), "<strong>Vérification 2\u00a0: 4 personnes</strong> 4,2"),
        ("de", Mistake(4, 2, "4,2"), "<strong>Prüfung 2: 4 Personen</strong> 4,2"),
        ("en", Mistake(4, None, "Off by one."), "Off by one. (4)"),
        ("en", NONE, ""),
    ],
)
def test_an_exercise_says_at_which_check_most_were_wrong(language, mistake, said):
    # given
    found = OfClass((), (ExerciseOfClass("first", "mean", 9, 9, 0, None, mistake),))
    view = classroom.view(found, COURSE, WORDS, NOW)
    # when
    page = filled(TEMPLATES, "class_now.html", Words(language), ("en",), view=view, course=COURSE)
    # then
    (cell,) = re.findall('<td class="said">(.*?)</td>', page)
    assert cell.strip() == said


def test_a_class_that_nobody_is_in_is_shown_all_the_same():
    # when
    view = classroom.view(OfClass((), ()), COURSE, WORDS, NOW)
    # then
    assert [bar.opened_wide for bar in view.funnel] == [0, 0]
    assert view.rows == ()


def test_what_one_person_made_up_takes_the_page_from_nobody():
    # given two people in a lesson that was renamed, and one with thousands of their own
    made_up = [f"made-up-{n}" for n in range(3000)]
    cells = [Cell(name, "renamed", 1, 0, 1, NOON_MS) for name in ("anna", "bob")]
    cells += [Cell("cem", one, 1, 0, 9, NOON_MS) for one in made_up]
    met = [ExerciseOfClass("first", one, 1, 9, 0, None) for one in made_up]
    met += [ExerciseOfClass("first", "mean", 3, 9, 0, None)]
    met += [ExerciseOfClass("made-up-2999", "e", 1, 9, 0, None)]
    at = Latest("cem", "made-up-2999", "e", 9, NOON_MS, None, NOON_MS, "No.")
    found = OfClass(tuple(cells), tuple(met), (at,))
    # when
    view = classroom.view(found, COURSE, WORDS, NOW + 3600, titles={"first": {"mean": "The mean"}})
    # then what the course has is there, and what most people met
    shown_lessons = [bar.title for bar in view.funnel]
    assert shown_lessons[:3] == ["One", "Two", "renamed"]
    assert len(shown_lessons) == 2 + classroom.MOST_GONE
    assert view.exercises[0].exercise == "The mean"
    assert len(view.exercises) == 1 + MOST_UNKNOWN
    assert {row.user for row in view.rows} == {"anna", "bob", "cem"}
    # and the table for a spreadsheet has all of it
    assert "made-up-2999" in classroom.as_csv(found, COURSE)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_no_cell_is_a_formula(text):
    # given
    found = OfClass((Cell(text, text, 1, 1, 1, NOON_MS),), ())
    # when
    rows = list(csv.reader(io.StringIO(classroom.as_csv(found, COURSE))))
    # then
    assert rows[1][:3] == [f"'{text}"] * 3


def test_words_stay_as_they_are_in_a_spreadsheet():
    assert classroom.harmless("a-b = c") == "a-b = c"


def test_ten_times_the_people_take_about_ten_times_as_long():
    # given
    def took(people):
        lessons = [f"lesson-{n}" for n in range(30)]
        names = [f"trainee{n}" for n in range(people)]
        cells = tuple(Cell(name, one, 5, 3, 9, NOON_MS) for name in names for one in lessons)
        began = time.process_time()
        view = classroom.view(OfClass(cells, ()), COURSE, WORDS, NOW)
        filled(TEMPLATES, "class_now.html", WORDS, ("en",), view=view, course=COURSE)
        return time.process_time() - began

    took(1)
    # when
    few, many = (min(took(people) for _ in range(3)) for people in (30, 300))
    # then
    assert many < 25 * few


def stored(kind, state=""):
    return Stored(
        number=1,
        pseudonym="0f" * 16,
        id=uuid.uuid4().hex,
        course="welcome",
        release="1.0.0",
        lesson="first",
        exercise="" if kind is Kind.OPENED else "mean value",
        kind=kind.value,
        state=state,
        detail={"message": "Anna's own words"},
        seq=1,
        at_ms=NOON_MS + 7,
        received_ms=NOON_MS + 900,
    )


@pytest.mark.parametrize("kind", Kind)
def test_a_statement_is_xapi_and_names_nobody(kind):
    # given
    one = stored(kind, "right" if kind is Kind.ATTEMPTED else "")
    # when
    said = events_export.statement(one, "https://hub.example.org/services/courses/")
    # then
    assert uuid.UUID(said["id"]).hex == one.id
    assert said["actor"]["account"] == {
        "homePage": "https://hub.example.org/services/courses/",
        "name": one.pseudonym,
    }
    assert said["timestamp"] == "2026-11-23T12:00:00.007Z"
    assert all(said[part]["id"].startswith("http") for part in ("verb", "object"))
    assert " " not in said["object"]["id"]
    assert said.get("result") == ({"success": True} if kind is Kind.ATTEMPTED else None)
    assert "Anna" not in json.dumps(said)


def test_own_data_is_everything_with_times_that_people_can_read():
    # given
    own = Own("p", (LessonRow("welcome", "first", 1, NOON_MS, NOON_MS),), (exercise("a", False),))
    # when
    found = events_export.own_data("anna", own, [stored(Kind.ATTEMPTED, "right")], NOON_MS)
    # then
    assert found["lessons"][0]["first_at"] == "2026-11-23T12:00:00.000Z"
    assert found["exercises"][0]["first_right_at"] is None
    assert found["events"][0]["detail"] == {"message": "Anna's own words"}
    assert found["events"][0]["received_at"] == "2026-11-23T12:00:00.900Z"
