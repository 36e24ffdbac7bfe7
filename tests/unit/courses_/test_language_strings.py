"""Texts in code cells. Whatever a translation says, the code stays the same."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.authoring.translation.fields import fits
from courses.authoring.translation.literals import texts
from courses.authoring.translation.strings import rewritten, without_marks

EXERCISE = """
from courses.learn import Check, exercise

exercise(
    "share",
    lambda: share,
    title="Your share",
    checks=[Check("It is 2", lambda one: one == "no text", "Divide" " twice.")],
    hints=["Think.", f"There are {n} cores."],
)
"""
LINES = (
    'print("Hello")  # translate',
    'label = "über" + "x"  # translate',
    'print(f"{n:>{w}} of {m!r}, {{n}}")  # translate',
    'quiz("id", question="Which?", choices=[("a b", True), ("c", False)])',
    "%matplotlib inline",
    "!ls",
    'x = data["key"]  # translate',
    's = """not marked\n# translate\n"""',
    "print('it''s', r'\\d')  # translate",
)


def blanked(code):
    """The code as a tree, with its texts blanked: the fields of an f-string stay."""

    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Constant("") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node):
            fields = [one for one in node.values if isinstance(one, ast.FormattedValue)]
            return ast.JoinedStr([*fields])

    kept = "\n".join("pass" if line[:1] in "%!" and line else line for line in code.split("\n"))
    return ast.dump(Blank().visit(ast.parse(kept)))


def shown(code):
    return [text.value for text in texts(code)]


def test_what_an_exercise_shows_is_for_translators_and_nothing_else():
    assert shown(EXERCISE) == [
        "Your share",
        "It is 2",
        "Divide twice.",
        "Think.",
        "There are {n} cores.",
    ]


def test_of_a_ready_made_check_its_name_and_message_are_shown_and_not_what_it_compares_with():
    assert shown('TextCheck("The command", "sbatch", "It submits.")') == [
        "The command",
        "It submits.",
    ]
    assert shown('PlotCheck("A plot", message="Label it.", title="Speed")') == [
        "A plot",
        "Label it.",
    ]
    assert shown('np.array(["a"])') == []


def test_of_a_lessons_header_the_titles_are_shown_and_not_the_ids():
    titles = 'lesson("welcome", "one", exercises={"mean": "The mean", "sum": "The sum"})'
    ids = 'lesson("welcome", "one", exercises=["mean", "sum"])'

    assert [text.value for text in texts(titles)] == ["The mean", "The sum"]
    assert texts(ids) == ()


def test_a_marked_line_is_too_but_not_its_keys():
    assert shown('a = "no"\nprint("Yes", here["id"], 3)  # noqa # translate') == ["Yes"]
    assert shown('a = "# translate"\nb = "x # translate"') == []


def test_a_translation_replaces_the_literal_and_keeps_the_rest_to_the_letter():
    code = 'print( "Hello" ,  x)   # translate\n%time run()\n'
    assert rewritten(code, lambda _: "Salut à tous\u00a0!") == code.replace(
        "Hello", "Salut à tous\u00a0!"
    )


def test_an_f_string_keeps_its_fields():
    code = 'print(f"{a:.3f} s of {b!r} {{x}}")  # translate'
    assert shown(code) == ["{a:.3f} s of {b!r} {{x}}"]
    said = rewritten(code, lambda _: "{a:.3f} s sur {b!r} {{y}}")
    assert said == 'print(f"{a:.3f} s sur {b!r} {{y}}")  # translate'


@pytest.mark.parametrize(
    "translation",
    ["{b} of {a}", "{a}", "{a} of {__import__('os')}", "{a} of {b} {", "{a} of {b} %s", "of"],
)
def test_a_translation_that_fills_in_something_else_is_not_used(translation):
    code = 'print(f"{a} of {b}")  # translate'
    assert not fits("{a} of {b}", translation)
    assert rewritten(code, lambda _: translation) == code


@given(st.lists(st.sampled_from(LINES), max_size=6).map("\n".join), st.data())
def test_no_translation_changes_anything_but_texts(code, data):
    hostile = st.sampled_from(
        [
            '"',
            "'''",
            '"); import os #',
            "\\",
            "\\N{DIGIT ONE}",
            "\n",
            "{",
            "}",
            "\u202e",
            "%s",
            "{n}",
        ]
    )
    words = st.lists(st.one_of(st.text(max_size=5), hostile), max_size=5).map("".join)

    def say(text):
        return data.draw(st.one_of(words, words.map(lambda word: f"{word}{text}")))

    assert blanked(rewritten(code, say)) == blanked(code)


@given(st.text().filter(str.strip))
def test_a_plain_text_says_in_the_code_what_the_translator_wrote(translation):
    said = rewritten('x = "Hello"  # translate', lambda _: translation)
    value = ast.literal_eval(ast.parse(said).body[0].value)
    assert value == (translation if fits("Hello", translation) else "Hello")


@given(st.text())
def test_a_cell_that_is_not_python_stays_as_it_is(code):
    assert rewritten(code, lambda text: text) == code


def test_a_cell_of_another_language_has_no_texts():
    assert shown("%%bash\necho hello  # translate | cat -") == []


def test_trainees_do_not_see_the_marks():
    code = 'print("a # translate")  # translate\nx = 1  # why\n'
    assert without_marks(code) == 'print("a # translate")\nx = 1  # why\n'
