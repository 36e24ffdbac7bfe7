"""Exercises: the solution must pass, what a trainee gets must not."""

from __future__ import annotations

from zoo.kind import FAILED, PASSED, Kind, code

_ANSWER = "### BEGIN SOLUTION\nanswer = {}\n### END SOLUTION"
_CHECK = """
from courses.learn import Check, exercise
exercise("{name}", lambda: {answer}, title="Answer", checks=[Check("is 42", lambda it: it == 42, "Think again.")])
"""
_GRADED = {
    "nbgrader": {
        "grade": True,
        "solution": False,
        "locked": True,
        "grade_id": "test",
        "points": 1,
        "schema_version": 3,
    }
}


def _exercise(name: str, answer: int, judged: str = "answer", **more: object) -> Kind:
    cells = (
        code("solves", _ANSWER.format(answer)),
        code("check", _CHECK.format(name=name, answer=judged)),
    )
    return Kind(name, cells, at="" if more.get("outcome") is PASSED else "check", **more)


KINDS = (
    _exercise("exercise-sound", 42, outcome=PASSED),
    _exercise(
        "solution-fails-its-check",
        41,
        says="The solution of exercise solution-fails-its-check does not pass: wrong.",
    ),
    _exercise(
        "exercise-passes-untouched",
        42,
        "42",
        says="Exercise exercise-passes-untouched passes although nothing was done in it. Put its solution …",
    ),
    Kind(
        "graded-cell-sound",
        (code("solves", _ANSWER.format(42)), code("test", "assert answer == 42", **_GRADED)),
        outcome=PASSED,
    ),
    Kind(
        "graded-cell-passes-untouched",
        (code("solves", _ANSWER.format(42)), code("test", "assert True", **_GRADED)),
        at="test",
        says="Exercise test passes although nothing was done in it. Put its solution …",
    ),
    Kind(
        "hidden-tests-fail-the-solution",
        (
            code("solves", _ANSWER.format(41)),
            code(
                "test",
                "answer\n### BEGIN HIDDEN TESTS\nassert answer == 42, 'hidden'\n### END HIDDEN TESTS",
                **_GRADED,
            ),
        ),
        at="test",
        says="AssertionError: hidden",
    ),
    Kind(
        "only-hidden-tests-fail-the-untouched",
        (
            code("given", "answer = 0"),
            code("solves", _ANSWER.format(42)),
            code(
                "test",
                "answer\n### BEGIN HIDDEN TESTS\nassert answer == 42\n### END HIDDEN TESTS",
                **_GRADED,
            ),
        ),
        outcome=PASSED,
    ),
    Kind(
        "untouched-version-kills-its-kernel",
        (
            code("solves", _ANSWER.format(42)),
            code("dies", "import os\nif 'answer' not in globals(): os._exit(1)"),
            code("test", "assert answer == 42", **_GRADED),
        ),
        outcome=FAILED,
        at="dies",
        says="As a trainee gets the lesson, it stops here: The kernel died…",
    ),
    Kind(
        "untouched-version-hangs",
        (
            code("solves", _ANSWER.format(42)),
            code("waits", "while 'answer' not in globals(): pass"),
            code("test", "assert answer == 42", **_GRADED),
        ),
        outcome=FAILED,
        at="waits",
        says="As a trainee gets the lesson, it stops here: The cell ran longer than its budget…",
        cell_s=2,
    ),
)
