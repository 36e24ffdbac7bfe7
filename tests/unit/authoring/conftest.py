"""Manifests for tests: a sound one, to be changed a little."""

import pytest

from courses.authoring import manifest

SOUND = """
id = "tiny"
version = "1.2.3"
title = "Tiny"
summary = "A course for tests."
authors = ["A. Author"]
licence = "CC-BY-4.0"
languages = ["fr"]

[[data]]
path = "data/points.csv"
lessons = ["one"]

[[lessons]]
id = "one"
title = { fr = "Un", en = "One" }
summary = "The first."
notebook = "one.ipynb"
duration_minutes = 5
needs = { cpus = 1, gpu = "none" }

[[lessons]]
id = "two"
title = "Two"
summary = "The second."
notebook = "two.ipynb"
duration_minutes = 5

[lessons.parameters.epochs]
type = "int"
trainee = 20
ci = 2
"""


@pytest.fixture(scope="session")
def sound():
    return SOUND


@pytest.fixture
def load(tmp_path):
    """Load a manifest of that text."""

    def load(text=SOUND):
        (tmp_path / "course.toml").write_text(text, encoding="utf-8")
        return manifest.load(tmp_path)

    return load


@pytest.fixture
def changed():
    """The sound manifest with one thing in another's place."""

    def changed(old, new):
        assert SOUND.count(old) == 1, old
        return SOUND.replace(old, new)

    return changed
