import subprocess
import sys
from xml.etree import ElementTree as Xml

import nbformat
import pytest
from nbformat.v4 import new_notebook, new_output

from courses.validation.compare import difference, options, patterns
from spawners.errors import InvalidInput


@pytest.fixture
def usual(tmp_path):
    return patterns(tmp_path)


def run_of(cell, *outputs):
    new = nbformat.from_dict(dict(cell))
    new.outputs = [nbformat.from_dict(one) for one in outputs]
    return new


def stdout(text):
    return new_output("stream", name="stdout", text=text)


def test_the_same_output_in_pieces_is_no_difference(maker, usual):
    cell = maker.code("loop()", "1\n2\n")
    assert difference(cell, run_of(cell, stdout("1\n"), stdout("2\n")), usual) is None


def test_an_output_of_no_run_says_what_to_do(maker, usual):
    cell = maker.code("print(1)", "1\n")
    cell.execution_count = None
    found = difference(cell, run_of(cell, stdout("1\n")), usual)
    assert "run the notebook from top to bottom, and save it" in found


def test_another_output_is_shown_as_a_diff(maker, usual):
    cell = maker.code("print(x)", "one\ntwo\n")
    found = difference(cell, run_of(cell, stdout("one\nthree\n")), usual)
    assert "-two" in found
    assert "+three" in found


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("<object at 0x7fa1b2c3d4e5>", "<object at 0x55e0f1a2b3c4>"),
        ("done 2026-01-02 03:04:05", "done 2027-11-12 13:14:15.678"),
        ("took 1.53 s", "took 2 s"),
        ("12.1 ms ± 40 µs", "9 ms ± 1.5 µs"),
        ("/tmp/ipykernel_12/34.py:1: UserWarning", "/scratch/ipykernel_9/8.py:1: UserWarning"),
    ],
)
def test_what_differs_from_run_to_run_is_no_difference(maker, usual, stored, new):
    cell = maker.code("f()", stored)
    assert difference(cell, run_of(cell, stdout(new)), usual) is None


def test_numbers_without_a_unit_are_compared(maker, usual):
    cell = maker.code("f()", "loss 0.25 after 3 steps")
    assert difference(cell, run_of(cell, stdout("loss 0.26 after 3 steps")), usual)


def test_a_course_brings_its_own_patterns(maker, tmp_path):
    (tmp_path / "sanitize.cfg").write_text("[nodes]\nregex: node\\d+\nreplace: NODE\n")
    cell = maker.code("host()", "node17")
    assert difference(cell, run_of(cell, stdout("node4")), patterns(tmp_path)) is None


def test_a_pattern_that_is_none_names_its_file(tmp_path):
    (tmp_path / "sanitize.cfg").write_text("regex: (\nreplace: x\n")
    with pytest.raises(InvalidInput, match=r"sanitize.cfg: '\(' is no regular expression"):
        patterns(tmp_path)


def test_tags_and_comments_are_nbvals(maker):
    by_comment = maker.code("# NBVAL_IGNORE_OUTPUT\nnow()")
    by_tag = maker.code("1 / 0")
    by_tag.metadata["tags"] = ["raises-exception", "nbval-skip"]
    assert not options(by_comment)["check"]
    assert options(by_tag)["check_exception"]
    assert options(by_tag)["skip"]
    assert options(maker.code("x"))["check"]


ZOO = {
    "same": ("print('a')", "a\n"),
    "changed": ("print('b')", "a\n"),
    "missing": ("pass", "a\n"),
    "unexpected": ("print('a')", ""),
    "never-run": ("print('a')", None),
    "ignored": ("# NBVAL_IGNORE_OUTPUT\nprint('b')", "a\n"),
    "sanitised": ("print(object())", "<object object at 0x123456789abc>\n"),
    "raises": ("# NBVAL_RAISES_EXCEPTION\n1 / 0", None),
}


def test_the_verdicts_are_those_of_pytest_nbval(maker, tmp_path, log):
    # given: one notebook with a cell for each rule
    from courses.authoring.manifest import load
    from courses.validation.pool import Task, run_lessons

    cells = [maker.code(text, out, id=name) for name, (text, out) in ZOO.items()]
    folder = maker.lesson(cells)
    nbformat.write(new_notebook(cells=cells), tmp_path / "zoo.ipynb")
    (tmp_path / "usual.cfg").write_text(
        "".join(f"regex: {k}\nreplace: {v}\n" for k, v in patterns(tmp_path).items())
    )
    # when: nbval judges a run of its own, and we judge ours
    flags = "--nbval --nbval-current-env --nbval-sanitize-with usual.cfg --junit-xml nbval.xml"
    subprocess.run(
        [sys.executable, "-m", "pytest", "zoo.ipynb", *flags.split(), "-p", "no:randomly"],
        cwd=tmp_path,
        check=False,
        timeout=100,
        capture_output=True,
    )
    cases = Xml.parse(tmp_path / "nbval.xml").iter("testcase")
    theirs = [case.find("failure") is None for case in cases]
    (result,) = run_lessons([Task(load(folder).lessons[0])], folder, log)
    # then
    ours = [cell.outcome == "passed" for cell in result.cells]
    assert dict(zip(ZOO, ours, strict=True)) == dict(zip(ZOO, theirs, strict=True))
    assert set(ours) == {True, False}
