"""What a trainee is told about an answer: in every state, and whoever is to blame."""

import pytest

from courses.learn.checks import Check, Report, State, Verdict, judge

DOUBLES = Check("3 gives 6", lambda double: double(3) == 6, "Multiply by 2.")


def cell(source):
    """Run a cell as a kernel does, and return the function `double` that it defines."""
    names = {}
    exec(compile(source, "<cell>", "exec"), names)
    return names["double"]


def only(verdicts):
    (verdict,) = verdicts
    return verdict


def test_a_right_answer_needs_no_words():
    verdict = only(judge(lambda: lambda x: 2 * x, [DOUBLES]))

    assert verdict == Verdict("3 gives 6", State.RIGHT, "")


def test_a_wrong_answer_gets_the_checks_own_message():
    verdict = only(judge(lambda: lambda x: x, [DOUBLES]))

    assert verdict == Verdict("3 gives 6", State.WRONG, "Multiply by 2.")


def test_an_assertion_adds_its_sentence_to_the_message():
    def is_quick(seconds):
        raise AssertionError(f"It took {seconds} s.")

    verdict = only(judge(lambda: 3, [Check("quick", is_quick, "Use NumPy.")]))

    assert verdict == Verdict("quick", State.WRONG, "Use NumPy. It took 3 s.")


def unsolved(x):
    raise NotImplementedError()


@pytest.mark.parametrize(
    "answer",
    [lambda: ..., lambda: unsolved, lambda: unsolved(3)],
    ids=["an ellipsis", "a function left unsolved", "an unsolved call"],
)
def test_a_placeholder_is_not_attempted(answer):
    verdict = only(judge(answer, [DOUBLES]))

    assert verdict == Verdict("3 gives 6", State.NOT_ATTEMPTED, "")


def test_a_cell_that_was_not_run_is_not_attempted_and_named():
    verdict = only(judge(lambda: not_defined_yet, [DOUBLES]))  # noqa: F821

    assert verdict.state is State.NOT_ATTEMPTED
    assert verdict.text == "There is no not_defined_yet yet: run the cell above first."


def test_a_library_that_has_not_implemented_something_is_an_attempt():
    # given an answer that calls code outside the notebook, which raises NotImplementedError
    library = {}
    exec("def load():\n    raise NotImplementedError('no such format')", library)

    verdict = only(judge(lambda: library["load"](), [DOUBLES]))

    assert verdict.state is State.WRONG
    assert "NotImplementedError: no such format" in verdict.text


def test_a_crash_in_the_trainees_code_is_theirs_with_its_line():
    double = cell("def double(x):\n    y = x / 0\n    return y\n")

    verdict = only(judge(lambda: double, [DOUBLES]))

    assert verdict.state is State.WRONG
    assert verdict.text == (
        "Your code stopped with ZeroDivisionError: division by zero, in line 2 of its cell."
    )


def test_a_misspelt_name_in_the_trainees_code_is_an_attempt():
    double = cell("def double(x):\n    return nmupy.add(x, x)\n")

    verdict = only(judge(lambda: double(3), [DOUBLES]))

    assert verdict.state is State.WRONG
    assert "name 'nmupy' is not defined" in verdict.text


@pytest.mark.parametrize(
    ("value", "shown"),
    [("six", "'six'"), (len, "the function len"), ([0] * 1000, "[0, 0, 0, 0, 0, 0, ...]")],
)
def test_a_check_that_crashes_blames_itself_and_shows_the_answer(value, shown):
    broken = Check("adds one", lambda answer: answer + 1.5, "Add one.")

    verdict = only(judge(lambda: value, [broken]))

    assert verdict.state is State.BROKEN
    assert verdict.text.startswith("This check itself stopped with TypeError")
    assert f"your answer, {shown}." in verdict.text
    assert "tell your instructor" in verdict.text


def test_a_check_that_says_neither_yes_nor_no_never_passes():
    verdict = only(judge(lambda: 1, [Check("silent", lambda answer: None, "")]))

    assert verdict.state is State.BROKEN
    assert "neither yes nor no" in verdict.text


def test_one_check_that_crashes_leaves_the_others_their_say():
    broken = Check("broken", lambda answer: answer.missing, "")

    verdicts = judge(lambda: lambda x: 2 * x, [broken, DOUBLES])

    assert [verdict.state for verdict in verdicts] == [State.BROKEN, State.RIGHT]


def test_the_answer_is_fetched_once():
    calls = []

    judge(lambda: calls.append(1), [DOUBLES, DOUBLES])

    assert len(calls) == 1


def test_a_long_error_is_cut_to_one_line():
    def loud():
        raise ValueError("long\n" * 1000)

    verdict = only(judge(loud, [DOUBLES]))

    assert "\n" not in verdict.text
    assert len(verdict.text) < 300


def test_a_trainees_interrupt_is_not_swallowed():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(interrupted, [DOUBLES])


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ((State.RIGHT, State.RIGHT), State.RIGHT),
        ((State.RIGHT, State.WRONG), State.WRONG),
        ((State.RIGHT, State.NOT_ATTEMPTED), State.NOT_ATTEMPTED),
        ((State.BROKEN, State.RIGHT), State.BROKEN),
        ((State.BROKEN, State.WRONG), State.WRONG),
    ],
)
def test_an_exercise_is_right_only_when_every_check_is(states, whole):
    report = Report("doubling", "Doubling", tuple(Verdict("one", state) for state in states))

    assert report.state is whole
