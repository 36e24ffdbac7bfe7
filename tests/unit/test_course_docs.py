"""The author's guide and the schema for editors have every key of course.toml, and no other."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from courses.authoring.cell_metadata import CellMetadata
from courses.authoring.manifest import Course
from courses.authoring.schema import Described, as_text

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDE = (CHECKOUT / "docs" / "courses.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([\w.]+)` \| (yes|) *\| (.+) \|$", re.MULTILINE)


def test_the_guide_has_every_key_with_its_meaning_and_no_other():
    rows = {key: meaning for key, _, meaning in ROW.findall(GUIDE)}
    assert rows == Described(Course).all_keys()


def test_every_key_has_a_meaning():
    assert all(Described(Course).all_keys().values())
    assert all(Described(CellMetadata).all_keys().values())


def test_the_guide_has_every_key_of_hints_and_quizzes():
    for key in Described(CellMetadata).all_keys():
        assert re.search(rf'[`"]{key.rpartition(".")[2]}[`"]', GUIDE), key


def test_the_schema_for_editors_is_up_to_date():
    written = (CHECKOUT / "docs" / "course.schema.json").read_text(encoding="utf-8")
    assert written == as_text(Described(Course).schema), (
        "run: onboard course schema --output docs/course.schema.json"
    )


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        ({}, True),
        ({"title": {"en": "Welcome", "fr": "Bienvenue"}}, True),
        ({"title": 3}, False),
        ({"tittle": "x"}, False),
        ({"version": "1"}, False),
        ({"lessons": []}, False),
    ],
)
def test_an_editor_that_reads_the_schema_agrees_with_us(change, fits):
    course = tomllib.loads((CHECKOUT / "notebooks/welcome/course.toml").read_text("utf-8"))
    schema = json.loads(as_text(Described(Course).schema))
    assert jsonschema.Draft202012Validator(schema).is_valid({**course, **change}) is fits
