"""Hints, solutions, and what an exercise remembers after a restart of the kernel."""

import json
import re

import pytest

from courses.learn import Check, exercise, show_hint, show_solution
from courses.learn.desk import desk
from courses.learn.exercise import Exercise
from courses.learn.helping import Help, Offer
from courses.learn.outbox import read
from courses.learn.widgets import STATE, Panel
from courses.service.events.model import Event as EventOfTheService

TWO = Check("It is 2", lambda one: one == 2, "Count again.")


def tell(answer, **more):
    exercise("two", lambda: answer, title="Two", checks=[TWO], **more)


# -- hints and solutions, as text


def test_hints_come_one_by_one_and_only_when_asked_for(shown):
    first = shown(tell, 3, hints=["Think.", "One and one."])
    second = shown(show_hint, "two")
    third = shown(show_hint, "two")
    fourth = shown(show_hint, "two")

    assert "Think." not in first
    assert 'Hints left: 2. show_hint("two") shows one.' in first
    assert "Hint 1: Think." in second
    assert "One and one." not in second
    assert "Hint 2: One and one." in third
    assert "Hints left" not in third
    assert fourth == third


@pytest.mark.parametrize(
    ("rule", "attempts", "may_see"),
    [
        ("right", [3, 3], False),
        ("right", [3, 2], True),
        (2, [3], False),
        (2, [3, 3], True),
        (2, [..., ...], False),
        (5, [2], True),
        ("never", [2], False),
    ],
)
def test_the_solution_is_seen_by_the_instructors_rule(shown, rule, attempts, may_see):
    for answer in attempts:
        said = shown(tell, answer, solution="answer = 1 + 1", solution_after=rule)

    asked = shown(show_solution, "two")

    assert "1 + 1" not in said
    assert ('show_solution("two") shows the solution.' in said) is may_see
    assert ("Solution:\n    answer = 1 + 1" in asked) is may_see


def test_asking_for_help_of_an_exercise_that_has_not_run_says_what_to_do(shown):
    assert "run its cell first" in shown(show_hint, "never-shown")
    assert "run its cell first" in shown(show_solution, "never-shown")


@pytest.mark.parametrize("rule", [0, -1, True, "sometimes", 1.5])
def test_another_rule_is_the_authors_mistake(rule):
    with pytest.raises(ValueError, match="solution_after"):
        Offer(solution="x", solution_after=rule)


def test_hints_that_are_one_text_are_the_authors_mistake():
    with pytest.raises(ValueError, match="use a list"):
        Offer(hints="Think.")


# -- as a widget


def texts(widget):
    """Return the words of a widget and of all in it that can be seen."""
    if getattr(widget.layout, "display", None) == "none":
        return ""
    own = f"{getattr(widget, 'description', '')} {getattr(widget, 'value', '')}"
    return " ".join([own, *map(texts, getattr(widget, "children", ()))])


def panel_of(answer, **offer):
    one = Exercise("two", "Two", Offer(**offer))
    panels = []
    one.show = lambda: panels.append(
        Panel(one._report, one._help(), one.ask_hint, one.ask_solution)
    )
    one.judge(lambda: answer, [TWO])
    return panels[0]


def buttons(widget):
    return widget.children[1].children


def test_a_button_shows_the_next_hint_and_says_how_many_are_left():
    widget = panel_of(3, hints=["Think.", "One and one."]).widget()
    hint, _ = buttons(widget)

    assert hint.description == "Show a hint (2 left)"
    hint.click()
    assert "Hint 1: Think." in texts(widget)
    hint.click()
    assert "Hint 2: One and one." in texts(widget)
    assert hint.description == "No more hints"


def test_a_button_shows_the_solution_once_it_may_be_seen():
    before = panel_of(3, solution="1 + 1").widget()
    after = panel_of(2, solution="1 + 1").widget()

    assert "Show the solution" not in texts(before)
    assert "Show the solution" in texts(after)
    buttons(after)[1].click()
    assert "1 + 1" in texts(after)
    assert "Show the solution" not in texts(after)


def test_a_solution_that_is_shown_can_be_put_away_again():
    widget = panel_of(2, solution="1 + 1").widget()
    solution = buttons(widget)[1]
    solution.click()
    assert solution.description == "Hide the solution"
    solution.click()
    assert "1 + 1" not in texts(widget)
    solution.click()
    assert "1 + 1" in texts(widget)


def test_a_button_that_was_pressed_keeps_the_keyboards_focus():
    widget = panel_of(2, hints=["Think."], solution="1 + 1").widget()
    for one in buttons(widget):
        one.click()
        assert not one.disabled
        assert one.layout.display is None


def test_help_is_escaped_and_announced():
    widget = panel_of(3, hints=["<script>alert(1)</script>"]).widget()
    buttons(widget)[0].click()

    markup = widget.children[2].value
    assert "<script>" not in markup
    assert 'role="status"' in markup


def test_two_displays_with_help_differ_in_nothing_that_is_compared():
    first, second = (panel_of(3, hints=["Think."])._repr_mimebundle_() for _ in range(2))

    first.pop("application/vnd.jupyter.widget-view+json")
    second.pop("application/vnd.jupyter.widget-view+json")
    assert first == second
    assert first[STATE] == {"id": "two", "state": "wrong"}


def test_an_exercise_without_help_looks_as_it_always_did(shown):
    assert shown(tell, 2).splitlines() == [
        "Exercise: Two",
        "Right. Well done: every check passed.",
        "  [Right] It is 2",
    ]
    assert not Help()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["Exercice\u00a0: Two", "Faux.", "Indices restants\u00a0: 1."]),
        ("de", ["Übung: Two", "Falsch.", "Übrige Hinweise: 1."]),
    ],
)
def test_it_speaks_the_language_of_the_lesson(shown, monkeypatch, language, words):
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)

    said = shown(tell, 3, hints=["Think."])

    assert all(word in said for word in words)


# -- in a workspace


def test_a_new_kernel_remembers_what_was_solved(course, shown, kernel_restarts):
    shown(tell, 2)
    kernel_restarts()

    said = shown(tell, ...)

    assert said.startswith("Exercise: Two\nNot attempted yet.")
    assert re.search(r"You solved this on \d{4}-\d\d-\d\d \d\d:\d\d\.", said)


def test_a_new_kernel_remembers_hints_and_attempts(course, shown, kernel_restarts):
    more = {"hints": ["Think."], "solution": "1 + 1", "solution_after": 2}
    shown(tell, 3, **more)
    shown(show_hint, "two")
    kernel_restarts()

    said = shown(tell, 3, **more)

    assert "Hint 1: Think." in said
    assert "shows the solution" in said


def test_states_are_kept_by_course_lesson_and_exercise(course, shown):
    shown(tell, 2)

    states = json.loads((course / ".onboard" / "state.json").read_text())["states"]
    assert list(states) == ["tiny/one/two"]
    assert states["tiny/one/two"]["state"] == "right"


def test_outside_of_a_workspace_nothing_is_written_and_nothing_remembered(tmp_path, shown):
    shown(tell, 2)

    assert "You solved this" not in shown(tell, 3)
    assert not list(tmp_path.iterdir())


def test_what_a_trainee_does_becomes_events_in_order(course, outbox, shown):
    more = {"hints": ["Think."], "solution": "1 + 1"}
    shown(tell, ..., **more)
    shown(tell, 3, **more)
    shown(show_hint, "two")
    shown(show_hint, "two")
    shown(tell, 2, **more)
    shown(show_solution, "two")

    events, broken = read(outbox)

    assert broken == []
    assert [(one.seq, one.kind, one.state) for one in events] == [
        (1, "exercise-attempted", "wrong"),
        (2, "hint-shown", ""),
        (3, "exercise-attempted", "right"),
        (4, "solution-shown", ""),
    ]
    assert {(one.course, one.release, one.lesson, one.exercise) for one in events} == {
        ("tiny", "1.2.0-abc", "one", "two")
    }
    said = events[0].detail["message"]
    counts = {"attempts": 1, "checks": 1, "passed": 0, "check": 1}
    assert events[0].detail == {**counts, "message": said}
    assert said
    assert (events[2].detail["message"], events[2].detail["check"]) == ("", 0)


def test_the_check_that_was_failed_first_is_the_same_in_every_language(
    outbox, shown, monkeypatch, kernel_restarts
):
    # given an exercise of which each language has its own words
    for name, number, language in (
        ("It is odd", 4, "en"),
        ("Impair", 6, "fr"),
        ("Ungerade", 8, "de"),
    ):
        kernel_restarts()
        monkeypatch.setenv("ONBOARD_LANGUAGE", language)
        positive = Check(f"{name}: > 0", lambda one: one > 0, "…")
        crashing = Check(f"{name}: ?", lambda _: None, "…")
        odd = Check(name, lambda one: one % 2 == 1, f"{name}: {number}.")
        small = Check(f"{name}, small", lambda one: one < 4, "…")
        # when somebody fails the third check, and the one after it
        checks = [positive, crashing, odd, small]
        shown(exercise, "odd", lambda one=number: one, title=name, checks=checks)
    # then
    told = [EventOfTheService.model_validate_json(one.line()) for one in read(outbox)[0]]
    assert len({one.message for one in told}) == 3
    assert [one.failed_check for one in told] == [3, 3, 3]


def test_a_message_in_any_script_is_not_too_long_for_the_course_pages(course, outbox, shown):
    # given the longest that a check may say, in signs that take up the most room
    check = Check("It is 2", lambda one: one == 2, "\N{GRINNING FACE}" * 400)
    shown(exercise, "two", lambda: 3, title="Two", checks=[check])
    # when
    (sent,) = read(outbox)[0]
    # then
    told = EventOfTheService.model_validate_json(sent.line())
    assert told.message.endswith("…")


def test_a_folder_that_cannot_be_written_breaks_no_cell(course, shown):
    # given files where folders should be: root may write anywhere, but not there
    (course / ".onboard").write_text("")
    (course.parent / ".onboard").write_text("")

    assert "Right." in shown(tell, 2)
    assert desk().standing("two").state == "right"
