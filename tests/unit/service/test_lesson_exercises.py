"""Exercises are known from a release's notebooks, whatever else is in them."""

import json

import pytest
from published import publish

from courses.catalogue import Catalogue
from courses.service.learning.exercises import titles

COURSE = """
id = "tiny"
version = "1.0.0"
title = "Tiny"
summary = "…"
authors = ["A"]
licence = "CC0-1.0"
languages = ["fr"]
[[lessons]]
id = "one"
title = "One"
summary = "…"
notebook = "one.ipynb"
duration_minutes = 5
"""


@pytest.fixture
def release(tmp_path):
    def release(**notebooks):
        source = tmp_path / "source"
        source.mkdir()
        (source / "course.toml").write_text(COURSE)
        for name, cells in {"one": [], **notebooks}.items():
            content = cells if isinstance(cells, str) else json.dumps({"cells": cells})
            (source / f"{name.replace('_', '.')}.ipynb").write_text(content)
        return publish(Catalogue(tmp_path / "catalogue"), source)

    return release


def code(*lines):
    return {"cell_type": "code", "source": list(lines)}


def test_a_notebook_tells_its_exercises_and_quizzes_in_order(release):
    # given
    course = release(
        one=[
            {"cell_type": "markdown", "source": "exercise('no', title='No')"},
            code("%matplotlib inline\n", "exercise('b', lambda: x, title='The  mean')"),
            code("learn.quiz('a', question='Which?\\nOne.')"),
            code("exercise(name, title='Unknown id')"),
            code("def half(:"),
            code("exercise('c', title=f'{x}')"),
        ]
    )
    # when
    found = titles(course, "en")
    # then
    assert list(found["one"].items()) == [("b", "The mean"), ("a", "Which? One."), ("c", "c")]


def test_titles_are_in_the_readers_language(release):
    # given
    course = release(
        one=[code("exercise('a', title='The mean')")],
        one_fr=[code("exercise('a', title='La moyenne')")],
    )
    # then
    assert [titles(course, one)["one"]["a"] for one in ("en", "fr", "de")] == [
        "The mean",
        "La moyenne",
        "The mean",
    ]


def test_a_lesson_without_exercises_has_none_and_of_an_odd_one_nobody_knows(release):
    assert titles(release(one=[code("1 + 1")]), "en") == {"one": {}}


@pytest.mark.parametrize("content", ["{}", "[]", "no JSON", '{"cells": [{}]}'])
def test_of_what_is_no_notebook_nobody_knows(release, content):
    assert titles(release(one=content), "en") == {}
