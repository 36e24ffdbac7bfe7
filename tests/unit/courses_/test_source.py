import json

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output

from courses.authoring.source import cell_lines, parse, trainee_version
from spawners.errors import InvalidInput

SOLVED = """def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

### BEGIN HIDDEN TESTS
assert double(2) == 4
### END HIDDEN TESTS
double(1)"""

UNSOLVED = """def double(x):
    # YOUR CODE HERE
    raise NotImplementedError()

double(1)"""


def source(*cells):
    return parse(nbformat.writes(new_notebook(cells=list(cells))), "lesson.ipynb")


def test_a_solution_becomes_an_indented_stub_and_hidden_tests_go(maker):
    notebook = trainee_version(source(maker.code(SOLVED, id="exercise")))
    assert notebook.cells[0].source == UNSOLVED
    assert notebook.cells[0].id == "exercise"


def test_outputs_and_counts_go_and_the_source_stays_as_it_was(maker):
    cell = maker.code("1 + 1", "old\n")
    cell.outputs.append(new_output("execute_result", {"text/plain": "2"}, execution_count=1))
    given = source(cell)

    built = trainee_version(given).cells[0]

    assert (built.outputs, built.execution_count) == ([], None)
    assert len(given.notebook.cells[0].outputs) == 2


def test_a_written_answer_becomes_a_text_stub(maker):
    cell = maker.text("Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION")
    assert trainee_version(source(cell)).cells[0].source == "Why?\nYOUR ANSWER HERE"


def test_an_nbgrader_solution_cell_without_region_is_replaced_whole(maker):
    cell = maker.code("answer = 42")
    cell.metadata["nbgrader"] = {"solution": True, "grade": False, "grade_id": "a"}
    built = trainee_version(source(cell)).cells[0]
    assert built.source == "# YOUR CODE HERE\nraise NotImplementedError()"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a = 1\n### BEGIN SOLUTION\na = 2", 2, "without an END"),
        ("a = 1\n### END SOLUTION", 2, "without a BEGIN"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", 2, "a second BEGIN"),
        ("### BEGIN HIDDEN TESTS", 1, "without an END"),
    ],
)
def test_markers_that_do_not_pair_up_name_notebook_cell_and_line(maker, text, line, problem):
    given = source(maker.text("# Title"), maker.code(text, id="exercise"))
    with pytest.raises(InvalidInput, match=problem) as caught:
        trainee_version(given)
    assert f"lesson.ipynb:{given.lines['exercise']}: cell exercise, line {line}" in str(
        caught.value
    )
    assert caught.value.hint


@pytest.mark.parametrize("indent", [None, 0, 1, 4])
def test_a_cell_is_found_at_the_line_where_its_json_starts(maker, indent):
    cells = [maker.text('# "cells": [ {', id="a"), maker.code("x = {}", id="b")]
    notebook = new_notebook(cells=cells, metadata={"cells": [{"id": "not this"}]})
    text = json.dumps(notebook, indent=indent)

    lines = cell_lines(text)

    assert set(lines) == {"a", "b"}
    rows = text.splitlines()
    for cell_id, line in lines.items():
        assert rows[line - 1].lstrip().startswith("{")
        before = "\n".join(rows[: line - 1])
        assert f'"id": "{cell_id}"' not in before
        if indent is not None:
            after = "\n".join(rows[line - 1 :])
            assert after.index(f'"id": "{cell_id}"') == after.index('"id": ')


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "not a notebook of format 4.5"),
        ('{"nbformat": 4, "nbformat_minor": 4, "cells": [], "metadata": {}}', "format 4.5"),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": 1, "metadata": {}}', "format 4.5"),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": [{}], "metadata": {}}', "an id for every"),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "not a valid notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_with_its_name(text, problem):
    with pytest.raises(InvalidInput, match=problem) as caught:
        parse(text, "lesson.ipynb")
    assert "lesson.ipynb" in caught.value.message


def test_two_cells_with_one_id_are_refused(maker):
    text = nbformat.writes(new_notebook(cells=[maker.code("1", id="a"), maker.code("2", id="b")]))
    with pytest.raises(InvalidInput, match="more than one cell has the id a"):
        parse(text.replace('"id": "b"', '"id": "a"'), "lesson.ipynb")
