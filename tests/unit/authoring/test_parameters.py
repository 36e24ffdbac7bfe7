"""The cell tagged `parameters`: what is refused in it, and other values in the place of its own."""

import math

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from courses.authoring.parameter_cell import assignments, require_declared, with_values
from courses.authoring.parameters import Parameter
from courses.authoring.source import parse
from spawners.errors import InvalidInput

DECLARED = {
    "epochs": Parameter(type="int", trainee=20, ci=2),
    "rate": Parameter(type="float", trainee=0.5, ci=0.1),
    "name": Parameter(type="str", trainee="it's", ci="x"),
    "fast": Parameter(type="bool", trainee=False, ci=True),
}
CELL = """# How long to train.
epochs = 20  # rounds
rate: float = 0.5
name = "it's"; fast = False
"""


def notebook(code=CELL, tags=("parameters",), kind=new_code_cell):
    first = new_markdown_cell("# Title", id="title")
    return new_notebook(cells=[first, kind(code, id="values", metadata={"tags": list(tags)})])


def source(*args, **kwargs):
    return parse(nbformat.writes(notebook(*args, **kwargs)), "one.ipynb")


def test_a_cell_with_exactly_what_is_declared_is_right():
    require_declared(source(), DECLARED)


def test_no_cell_is_right_where_nothing_is_declared():
    require_declared(source(tags=()), {})


@pytest.mark.parametrize(
    ("code", "said", "fix"),
    [
        ("epochs = 20\nhalf = epochs / 2", "line 2 of the cell: the value of half", "another cell"),
        ("epochs = 20\nprint(epochs)", "line 2 of the cell: this is no plain assignment", "name ="),
        ("import os", "no plain assignment", "name ="),
        ("epochs = rate = 20", "no plain assignment", "name ="),
        ("epochs, rate = 20, 0.5", "no plain assignment", "name ="),
        ("epochs += 20", "no plain assignment", "name ="),
        ("epochs: int", "no plain assignment", "name ="),
        ("epochs: print(1) = 20", "no plain assignment", "name ="),
        ("epochs = int('20')", "the value of epochs", "another cell"),
        ("epochs = float(open('x'))", "the value of epochs", "another cell"),
        ("epochs = [20]", "the value of epochs", "another cell"),
        ("name = f'{1}'", "the value of name", "another cell"),
        ("name = None", "the value of name", "another cell"),
        ("fast = not True", "the value of fast", "another cell"),
        ("fast = -True", "the value of fast", "another cell"),
        ("epochs = 20\nepochs = 20", "line 2 of the cell: epochs is assigned twice", "Keep one"),
        ("%time epochs = 20", "not Python", "name ="),
        ("epochs = 20\0", "not Python", "name ="),
        (CELL + "more = 1", "more is not declared in course.toml", "Add it to"),
        (CELL.replace("epochs = 20", ""), "epochs is declared in", "epochs = 20"),
        (CELL.replace("20", "21"), "epochs: 21 is not the value for trainees", "epochs = 20"),
        (CELL.replace("20", "20.0"), "epochs: 20.0 is not of type int", "epochs = 20"),
        (CELL.replace("False", "0"), "fast: 0 is not of type bool", "fast = False"),
    ],
)
def test_what_the_cell_may_not_hold_is_named_with_its_fix(code, said, fix):
    with pytest.raises(InvalidInput) as found:
        require_declared(source(code), DECLARED)

    assert found.value.message.startswith("one.ipynb:")
    assert "cell values" in found.value.message
    assert said in found.value.message
    assert fix in found.value.hint


def test_the_names_in_the_cell_of_a_lesson_that_declares_nothing_are_undeclared():
    with pytest.raises(InvalidInput, match="cell values: epochs is not declared"):
        require_declared(source(), {})


def test_declared_parameters_want_a_cell():
    with pytest.raises(InvalidInput, match=r"no cell is tagged `parameters`.*epochs"):
        require_declared(source(tags=()), DECLARED)


def test_two_cells_or_one_of_text_are_refused():
    two = notebook()
    two.cells.append(new_code_cell("x = 1", id="more", metadata={"tags": ["parameters"]}))
    with pytest.raises(InvalidInput, match="the cells values, more"):
        with_values(two, {})
    with pytest.raises(InvalidInput, match="cell values is tagged"):
        require_declared(source(kind=new_markdown_cell), DECLARED)


def test_values_take_the_place_of_the_old_ones_and_all_else_stays():
    before = notebook()

    after = with_values(before, {"fast": True, "epochs": 2, "name": 'a "q" \'', "rate": -1.5})

    assert after.cells[1].source == (
        "# How long to train.\nepochs = 2  # rounds\nrate: float = -1.5\n"
        "name = 'a \"q\" \\''; fast = True\n"
    )
    assert before.cells[1].source == CELL
    assert after.cells[0] == before.cells[0]


def test_values_are_found_behind_wide_letters_odd_line_ends_and_over_several_lines():
    code = 'name = "éü\U0001f600"; epochs = 20\r\nrate = (  # half\r\n    0.5)\rfast = """a\nb"""'

    after = with_values(notebook(code), {"epochs": 3, "rate": 1.0, "fast": True, "name": "n"})

    assert after.cells[1].source == (
        "name = 'n'; epochs = 3\nrate = (  # half\n    1.0)\nfast = True"
    )


def test_a_value_for_a_name_that_is_not_there_is_refused():
    with pytest.raises(InvalidInput, match="cell values: it does not assign other"):
        with_values(notebook(), {"other": 1})
    with pytest.raises(InvalidInput, match="no cell tagged"):
        with_values(notebook(tags=()), {"epochs": 1})


def test_a_notebook_without_parameters_is_copied_as_it_is():
    before = notebook(tags=())
    assert with_values(before, {}) == before


@given(
    value=st.one_of(
        st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=30)
    )
)
def test_any_value_is_read_back_as_it_was_put_in(value):
    after = with_values(notebook(), {"rate": value})

    found = {one.name: one.value for one in assignments(after.cells[1].source, "here")}
    assert type(found["rate"]) is type(value)
    is_nan = isinstance(value, float) and math.isnan(value)
    assert math.isnan(found["rate"]) if is_nan else found["rate"] == value
    assert found["epochs"] == 20
