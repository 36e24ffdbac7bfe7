"""What a trainee reads in a lesson, in English, French and German.

A bare kernel has no gettext catalogues: each language is one JSON file, English text -> its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

SOURCE = "en"
LANGUAGES = (SOURCE, "fr", "de")


class _Chosen:
    """What the lesson said of itself; kernels run one lesson each."""

    language = ""


def say(text: str, /, **values: object) -> str:
    """Return a text in the lesson's language, with `{name}` filled in from `values`."""
    return _table(language()).get(text, text).format(**values)


def language(env: Mapping[str, str] | None = None) -> str:
    """Return the lesson's language: the first of these that there are words for.

    $ONBOARD_LANGUAGE; the notebook's own name, since a translation is called `lesson.fr.ipynb`;
    what `lesson(..., language=)` or course.toml said; English.
    """
    env = os.environ if env is None else env
    notebook = PurePosixPath(env.get("JPY_SESSION_NAME", ""))
    named = notebook.stem.rpartition(".")[2] if notebook.suffix == ".ipynb" else ""
    wanted = (env.get("ONBOARD_LANGUAGE", ""), named, _Chosen.language)
    return next((known for one in wanted if (known := _known(one))), SOURCE)


def choose_language(wanted: str) -> None:
    """Remember what the lesson says that it is written in; nothing forgets it."""
    _Chosen.language = wanted


def _known(tag: str) -> str:
    """Return the language of a tag such as `fr-LU`, or nothing if there are no words for it."""
    main = tag.replace("_", "-").partition("-")[0].lower()
    return main if main in LANGUAGES else ""


@cache
def _table(name: str) -> Mapping[str, str]:
    if name == SOURCE:
        return {}
    text = files(__package__).joinpath("locale", f"{name}.json").read_text(encoding="utf-8")
    table: dict[str, str] = json.loads(text)
    return table
