"""Which modules a warm process may have loaded for a lesson."""

from __future__ import annotations

import pytest

from courses.validation.imports import best_for, imports_of, worth_warming


@pytest.mark.parametrize(
    ("cell", "modules"),
    [
        ("import numpy as np, os.path", {"numpy", "os.path"}),
        ("from math import pi", {"math", "math.pi"}),
        ("%matplotlib inline\nimport json\n!ls", {"json"}),
        ("if True:\n    import numpy", set()),
        ("from . import here", set()),
        ("import helper\nimport data.tools", set()),
        ("import tensorflow as tf", set()),
        ("this is no Python", set()),
    ],
)
def test_only_what_a_lesson_loads_for_certain_and_may_be_forked(cell, modules):
    assert imports_of([cell], ["helper.py", "data/tools.py"]) == modules


def test_figures_come_with_what_draws_them():
    assert "matplotlib.backends.backend_agg" in imports_of(["import matplotlib.pyplot"], [])


def test_a_set_is_warmed_where_two_lessons_share_it():
    a, ab = frozenset("a"), frozenset("ab")
    assert worth_warming([ab, a, ab, a, frozenset("c"), frozenset(), frozenset()]) == [a, ab]


def test_no_lesson_gets_what_it_does_not_import():
    a, ab = frozenset("a"), frozenset("ab")
    assert best_for(frozenset("ac"), [a, ab]) == a
    assert best_for(frozenset("abc"), [a, ab]) == ab
    assert best_for(frozenset("c"), [a, ab]) == frozenset()
