"""The catalogues: complete, in step with the code, and with the same places to fill in."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from spawners import language

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "spawners" / "locale"
PANELS = ROOT / "courses" / "learn" / "locale" / "fr.json"
LAB = ROOT / "courses" / "lab" / "session" / "static" / "words.json"
TRANSLATED = [one for one in language.languages() if one != language.SOURCE]
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
UPDATE = "docs/languages.md says how to bring the catalogues up to date"


def read(path: Path) -> Catalog:
    with path.open("rb") as lines:
        return read_po(lines, abort_invalid=True)


def ids(catalog: Catalog) -> set[object]:
    return {message.id for message in catalog if message.id}


def in_the_code() -> Iterator[object]:
    """Yield every text that `pybabel extract` finds."""
    with (LOCALE / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    keywords = {**DEFAULT_KEYWORDS, "later": None}
    for package in ("hub_config", "courses", "spawners"):
        found = extract_from_dir(ROOT / package, methods, options, keywords)
        yield from (one[2] for one in found)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_there_is_french_and_german():
    assert {"fr", "de"} <= set(TRANSLATED)


def test_the_template_is_in_step_with_the_code():
    # given
    code, template = set(in_the_code()), ids(read(LOCALE / "onboard.pot"))
    # then
    assert code == template, UPDATE


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_text_is_translated(name):
    # given
    catalog = read(LOCALE / f"{name}.po")
    # when
    lacking = [one.id for one in catalog if one.id and (one.fuzzy or not all(forms(one.string)))]
    # then
    assert ids(catalog) == ids(read(LOCALE / "onboard.pot")), UPDATE
    assert lacking == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_translation_fills_in_the_same_places(name):
    for message in read(LOCALE / f"{name}.po"):
        if not message.id:
            continue
        # given
        wanted = Counter(PLACE.findall(forms(message.id)[-1]))
        # then
        for text in forms(message.string):
            assert Counter(PLACE.findall(text)) == wanted, message.id


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_language_has_as_many_plurals_as_it_needs(name):
    # given
    catalog = read(LOCALE / f"{name}.po")
    # then
    for message in catalog:
        if isinstance(message.id, tuple):
            assert len(message.string) == catalog.num_plurals, message.id


@pytest.mark.parametrize("name", TRANSLATED)
def test_no_translation_brings_markup_of_its_own(name):
    """Templates take a translation as it is."""
    for message in read(LOCALE / f"{name}.po"):
        for text in forms(message.string) if message.id else ():
            assert not re.search(r"[<>&\x00-\x1f]", text), message.id


def french() -> Iterator[str]:
    """Yield all that French trainees read, code in it left out."""
    for path in (LOCALE / "fr.po", ROOT / "notebooks" / "welcome" / "locale" / "fr.po"):
        for message in (one for one in read(path) if one.id):  # the first is the file's head
            both = message.string if isinstance(message.string, tuple) else (message.string,)
            yield from (re.sub("`[^`]*`", "", one) for one in both)
    yield from json.loads(PANELS.read_text(encoding="utf-8")).values()
    yield json.dumps(json.loads(LAB.read_text(encoding="utf-8"))["fr"], ensure_ascii=False)


def test_no_french_line_begins_with_a_mark_nor_ends_with_an_opening_quote() -> None:
    # given that a line may break at each space that is an ordinary one
    breaks = re.compile(r" [:;?!»]|« ")

    assert [one for one in french() if breaks.search(one)] == []
