"""The panel of an exercise: the same words as a widget, as HTML, and as plain text."""

import pytest
from IPython.utils.capture import capture_output

from courses.learn import Check, State, exercise
from courses.learn.checks import Report, Verdict
from courses.learn.render import html, plain
from courses.learn.widgets import Panel

REPORT = Report(
    "doubling",
    "Doubling",
    (Verdict("3 gives 6", State.RIGHT), Verdict("-1 gives -2", State.WRONG, "Use <x * 2>.")),
)


def report(state):
    return Report("doubling", "Doubling", (Verdict("3 gives 6", state),))


def test_plain_text_says_state_advice_and_each_check():
    assert plain(REPORT) == (
        "Exercise: Doubling\n"
        "Wrong. Change the cell above, run it, then run this check again.\n"
        "  [Right] 3 gives 6\n"
        "  [Wrong] -1 gives -2: Use <x * 2>."
    )


@pytest.mark.parametrize(
    ("state", "word", "css"),
    [
        (State.RIGHT, "Right", "onboard-right"),
        (State.WRONG, "Wrong", "onboard-wrong"),
        (State.NOT_ATTEMPTED, "Not attempted yet", "onboard-not-attempted"),
        (State.BROKEN, "Not checked", "onboard-not-checked"),
    ],
)
def test_each_state_is_said_in_words_and_marked_by_a_class(state, word, css):
    panel = Panel(report(state))

    widget = panel.widget()

    assert {"onboard-exercise", css} <= set(widget._dom_classes)
    assert word in widget.children[0].value
    assert word in repr(panel)


def test_html_is_escaped_and_announced():
    markup = html(REPORT)

    assert "Use &lt;x * 2&gt;." in markup
    assert "<x" not in markup
    assert 'role="status"' in markup


def test_the_widget_brings_its_own_style_and_the_web_page_does_not():
    assert "<style>" in Panel(REPORT).widget().children[0].value
    assert "<style>" not in html(REPORT)


def test_two_runs_differ_in_nothing_that_is_compared():
    first, second = (Panel(REPORT)._repr_mimebundle_() for _ in range(2))

    widget_view = "application/vnd.jupyter.widget-view+json"
    assert first.pop(widget_view)["model_id"] != second.pop(widget_view)["model_id"]
    assert first == second
    assert first["text/plain"] == plain(REPORT)


def test_without_a_front_end_an_exercise_prints_plain_text(capsys):
    exercise("doubling", lambda: 6, title="Doubling", checks=[Check("6", lambda x: x == 6, "")])

    assert capsys.readouterr().out.splitlines() == [
        "Exercise: Doubling",
        "Right. Well done: every check passed.",
        "  [Right] 6",
    ]


def test_an_exercise_shows_itself_wherever_it_stands_in_a_cell():
    with capture_output() as shown:
        result = exercise(
            "doubling", lambda: 6, title="Doubling", checks=[Check("6", lambda x: x == 6, "")]
        )

    assert result is None
    assert "Right" in shown.stdout + "".join(map(repr, shown.outputs))


@pytest.mark.parametrize("exercise_id", ["", "Two Words", "-x", "a--b", "<b>"])
def test_a_malformed_id_is_the_authors_mistake(exercise_id):
    with pytest.raises(ValueError, match="lowercase letters, digits and single hyphens"):
        exercise(exercise_id, lambda: 1, title="x", checks=[Check("x", bool, "")])


def test_an_exercise_without_checks_is_the_authors_mistake():
    with pytest.raises(ValueError, match="at least one check"):
        exercise("empty", lambda: 1, title="x", checks=[])
