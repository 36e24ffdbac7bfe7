"""The words of lessons: complete in each language, with the same places to fill in."""

import ast
import json
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import courses.learn
from courses.learn.words import LANGUAGES, SOURCE, choose_language, language, say

FOLDER = Path(courses.learn.__file__).parent
ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "spawners" / "locale"
NOTEBOOKS = ROOT / "notebooks"
PLACE = re.compile(r"\{\w+\}")
TRANSLATED = [one for one in LANGUAGES if one != SOURCE]


def in_the_code():
    """Yield the text of each call of `say` and `wrong`."""
    for path in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "say",
                "wrong",
            )
            if is_call and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def table(name):
    return json.loads((FOLDER / "locale" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_text_is_translated_and_no_other(name):
    said = set(in_the_code())

    assert len(said) > 100
    assert set(table(name)) == said
    assert all(table(name).values())


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_translation_fills_in_what_its_text_does(name):
    for text, translation in table(name).items():
        assert sorted(PLACE.findall(translation)) == sorted(PLACE.findall(text)), text


def test_there_is_a_file_for_each_language_and_no_other():
    assert {path.stem for path in (FOLDER / "locale").iterdir()} == set(TRANSLATED)


@pytest.mark.parametrize(
    ("env", "chosen", "found"),
    [
        ({}, "", "en"),
        ({}, "de", "de"),
        ({"ONBOARD_LANGUAGE": "fr-LU"}, "de", "fr"),
        ({"ONBOARD_LANGUAGE": "xx"}, "de", "de"),
        ({"JPY_SESSION_NAME": "/w/tiny/first.fr.ipynb"}, "en", "fr"),
        ({"JPY_SESSION_NAME": "/w/tiny/first.ipynb"}, "de", "de"),
        ({"JPY_SESSION_NAME": "/w/fr"}, "", "en"),
        ({"JPY_SESSION_NAME": "a.fr.ipynb", "ONBOARD_LANGUAGE": "de"}, "", "de"),
    ],
)
def test_the_language_is_the_notebooks(env, chosen, found):
    choose_language(chosen)

    assert language(env) == found


def test_a_value_with_braces_is_shown_as_it_is(monkeypatch):
    monkeypatch.setenv("ONBOARD_LANGUAGE", "de")

    assert say("Exercise: {title}", title="{x} and {0}") == "Übung: {x} and {0}"


def pages(name):
    with (PAGES / f"{name}.po").open("rb") as lines:
        return {message.id: message.string for message in read_po(lines)}


@pytest.mark.parametrize("name", TRANSLATED)
def test_one_word_for_one_thing_in_the_panels_the_pages_and_the_course(name):
    # given the same things in three places
    said, on_pages = table(name), pages(name)
    course = (NOTEBOOKS / "welcome" / "locale" / f"{name}.po").read_text(encoding="utf-8")

    # then an exercise is called the same
    exercise = on_pages["Exercise"]
    assert said["Exercise: {title}"].startswith(exercise)
    assert re.search(rf'^"?(msgstr ")?## {exercise}\W', course, re.MULTILINE)
    # and so are a job, and a session that is none
    assert said["Batch job {id}"].startswith("Job ")
    assert all("job" in said[text].lower() for text in said if "job {job}" in text.lower())
    assert "job" in on_pages["Job number"].lower()
    no_job = said["No batch job: this session runs straight on this computer."]
    assert f'msgstr "{no_job}"' in course
