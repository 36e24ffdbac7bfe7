import json

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output

from courses.authoring.cell_lines import cell_lines
from courses.authoring.source import checked_cells, parse, trainee_version, untouched_version
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


@pytest.mark.parametrize(
    ("begin", "end", "meant"),
    [
        ("### Begin Solution", "### End Solution", "BEGIN SOLUTION"),
        ("# BEGIN SOLUTON", "# END SOLUTON", "BEGIN SOLUTION"),
        ("###BEGIN  SOLUTION ###", "###END  SOLUTION ###", "BEGIN SOLUTION"),
        ("    // begin hidden test", "    // end hidden test", "BEGIN HIDDEN TESTS"),
        ("### BEGIN MARK-SCHEME", "### END MARK-SCHEME", "BEGIN MARK SCHEME"),
    ],
)
def test_what_is_nearly_a_marker_is_refused_for_it_would_hide_nothing(maker, begin, end, meant):
    cell = maker.code(f"def f():\n{begin}\n    return 1\n{end}", id="task")
    with pytest.raises(
        InvalidInput, match=rf"cell task, line 2 .* nearly the marker `### {meant}`"
    ):
        trainee_version(source(cell))


@pytest.mark.parametrize(
    "comment",
    ["# Begin with the loop", "# end", "# end of tests", "### BEGIN TRAINING", "begin(solution)"],
)
def test_a_comment_of_another_meaning_is_no_marker(maker, comment):
    cell = maker.code(f"x = 1\n{comment}")
    assert trainee_version(source(cell)).cells[0].source == cell.source


def test_a_heading_that_reads_like_a_marker_is_a_heading(maker):
    cell = maker.text("### Begin solution")
    assert trainee_version(source(cell)).cells[0].source == cell.source


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


def graded(cell, **roles):
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": cell.id, "locked": False} | {
        "grade": False,
        "solution": False,
        **roles,
    }
    return cell


def test_the_untouched_version_keeps_hidden_tests_for_the_checks(maker):
    given = source(maker.code(SOLVED, id="exercise"))
    text = untouched_version(given).cells[0].source
    assert "return 2 * x" not in text
    assert "raise NotImplementedError()" in text
    assert "assert double(2) == 4" in text


def test_a_stub_is_in_the_language_of_the_kernel(maker):
    given = source(
        maker.code("f <- function() {\n  ### BEGIN SOLUTION\n  1\n  ### END SOLUTION\n}")
    )
    given.notebook.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    assert trainee_version(given).cells[0].source == (
        "f <- function() {\n  # YOUR CODE HERE\n  fail()\n}"
    )


def test_a_solution_in_a_language_without_a_stub_is_refused_but_not_its_other_cells(maker):
    given = source(maker.code("1"), maker.code("### BEGIN SOLUTION\n2\n### END SOLUTION", id="ex"))
    given.notebook.metadata["kernelspec"] = {"name": "x", "display_name": "X", "language": "X"}
    with pytest.raises(InvalidInput, match="cell ex: no solution in X"):
        trainee_version(given)
    del given.notebook.cells[1]
    assert trainee_version(given).cells[0].source == "1"


def test_a_hidden_test_within_a_solution_goes_with_it(maker):
    text = (
        "### BEGIN SOLUTION\n1\n### BEGIN HIDDEN TESTS\n2\n### END HIDDEN TESTS\n### END SOLUTION"
    )
    assert trainee_version(source(maker.code(text))).cells[0].source == "\n".join(
        ("# YOUR CODE HERE", "raise NotImplementedError()")
    )


def test_tests_are_locked_and_no_checksum_of_the_solution_is_left(maker):
    solution = graded(maker.code("x = 42", id="a"), solution=True, checksum="0123")
    test = graded(maker.code("assert x == 42", id="b"), grade=True, points=1)

    built = trainee_version(source(solution, test, maker.code("x", id="c"))).cells

    assert built[0].metadata["deletable"] is False
    assert "editable" not in built[0].metadata
    assert "checksum" not in built[0].metadata["nbgrader"]
    assert built[1].metadata["editable"] is False
    assert "deletable" not in built[2].metadata


def test_what_tools_noted_of_the_instructors_run_goes(maker):
    cell = maker.code("1", "1\n")
    cell.metadata |= {"executionInfo": {"user": {"displayName": "A. Author"}}, "tags": ["keep"]}
    given = source(cell)
    given.notebook.metadata["papermill"] = {"input_path": "/home/author/lesson.ipynb"}
    built = trainee_version(given)
    assert "uthor" not in nbformat.writes(built)
    assert built.cells[0].metadata["tags"] == ["keep"]


def test_a_picture_that_only_the_solution_showed_goes(maker):
    picture = {"image/png": "aWs="}
    text = "\n".join(
        (
            "![](attachment:a%20b.png)",
            "### BEGIN MARK SCHEME",
            "![](attachment:c.png)",
            "### END MARK SCHEME",
        )
    )
    cell = maker.text(text)
    cell.attachments = {"a b.png": picture, "c.png": picture}
    only = maker.text("### BEGIN MARK SCHEME\n![](attachment:d.png)\n### END MARK SCHEME", id="d")
    only.attachments = {"d.png": picture}

    built = trainee_version(source(cell, only)).cells

    assert list(built[0].attachments) == ["a b.png"]
    assert "attachments" not in built[1]


@pytest.mark.parametrize(
    ("first", "call"),
    [
        ("from courses.learn import Check, exercise", "exercise('a', lambda: f)"),
        ("from courses.learn import exercise as judged", "%%time\njudged('a', lambda: f)"),
        ("import courses.learn", "!ls\ncourses.learn.exercise('a', lambda: f)"),
        ("import courses.learn as learn", "learn.exercise('a', lambda: f)"),
        ("from courses import learn", "if True:\n    learn.exercise('a', lambda: f)"),
        ("from courses.learn import *", "exercise('a', lambda: f)"),
    ],
)
def test_a_cell_that_calls_exercise_judges(maker, first, call):
    given = source(maker.code(first, id="first"), maker.code(call, id="call"), maker.code("1"))
    assert checked_cells(given) == ("call",)


def test_a_cell_that_only_looks_as_if_it_judged_does_not(maker):
    given = source(
        maker.code("def exercise(): ...", id="a"),
        maker.code("exercise()", id="b"),
        maker.code("from courses.learn import Check", id="c"),
        maker.code("exercise(", id="d"),
        maker.text("exercise()"),
    )
    assert checked_cells(given) == ()


def test_autograder_tests_of_nbgrader_judge_and_graded_answers_do_not(maker):
    given = source(
        graded(maker.code("assert x", id="test"), grade=True, points=1),
        graded(maker.code("x = 1", id="answer"), grade=True, solution=True, points=1),
    )
    assert checked_cells(given) == ("test",)
