"""What JupyterLab shows of a session: the same sentences in each language, short enough to read."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from courses.service.classes.model import LONGEST_NOTE

FOLDER = Path(__file__).resolve().parents[2] / "courses" / "lab" / "session" / "static"
WORDS: dict[str, Any] = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
# JupyterLab cuts a longer notice: @jupyterlab/apputils-extension, notificationplugin.tsx.
LONGEST_NOTICE = 140


def sentences(words: dict[str, Any], path: str = "") -> dict[str, str]:
    found = {}
    for key, value in words.items():
        found |= (
            sentences(value, f"{path}{key}.") if isinstance(value, dict) else {path + key: value}
        )
    return found


@pytest.mark.parametrize("language", WORDS)
def test_every_language_has_every_sentence_with_its_values(language: str) -> None:
    english, other = sentences(WORDS["en"]), sentences(WORDS[language])

    assert other.keys() == english.keys()
    for key, sentence in other.items():
        assert sentence.strip(), key
        assert re.findall(r"\{\w+\}", sentence) == re.findall(r"\{\w+\}", english[key]), key
        assert language == "en" or key == "size" or sentence != english[key], key


@pytest.mark.parametrize("language", WORDS)
def test_no_notice_is_cut(language: str) -> None:
    for key, sentence in WORDS[language]["notices"].items():
        assert len(sentence) <= LONGEST_NOTICE, key
    note = WORDS[language]["note"].replace("{text}", "x" * LONGEST_NOTE)
    assert len(note) <= LONGEST_NOTICE


def test_the_languages_and_sentences_that_the_page_asks_for_are_there() -> None:
    # given the names in the scripts
    scripts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}
    named = re.search(r"LANGUAGES = \[(.*?)\]", scripts["words.js"])
    assert named is not None
    notices = set(re.findall(r"'(\w+)'", scripts["notices.js"].partition("dueNotice(")[2]))

    # then each has its words
    assert re.findall(r"\w+", named[1]) == list(WORDS)
    due = set(WORDS["en"]["notices"])
    assert due == set(WORDS["en"]["news"])
    assert due <= notices


@pytest.mark.parametrize(
    ("page", "cookies", "browser", "language"),
    [
        ("en", "", ["en-US"], "en"),
        ("en", "", ["lb", "fr-LU"], "fr"),
        ("en", "onboard-language=de", ["en-US"], "de"),
        ("en", "_xsrf=a; onboard-language=fr; onboard-zone=Europe/Paris", ["de"], "fr"),
        ("en", "onboard-language=en", ["de"], "en"),
        ("en", "onboard-language=xx", ["de"], "de"),
        ("en", "not-onboard-language=fr", ["de"], "de"),
        ("fr-FR", "onboard-language=de", ["en"], "fr"),
    ],
)
def test_the_language_is_jupyterlabs_else_that_of_the_course_pages_else_the_browsers(
    node: str, page: str, cookies: str, browser: list[str], language: str
) -> None:
    source = (FOLDER / "words.js").read_text(encoding="utf-8")
    given = ", ".join(json.dumps(one) for one in (page, cookies, browser))

    done = subprocess.run(
        [node, "--input-type=module"],
        input=f"{source}\nconsole.log(chooseLanguage({given}));",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout.strip() == language
