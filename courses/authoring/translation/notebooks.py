"""A trainee's notebook in another language. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from nbformat import NotebookNode

from courses.authoring.metadata_key import KEY
from courses.authoring.translation.cells import Kind, rewrite
from courses.authoring.translation.passages import Contexts

_NOT_YET = {
    "en": "This part is not translated yet.",
    "fr": "Ce passage n’est pas encore traduit.",
    "de": "Dieser Teil ist noch nicht übersetzt.",
}


def translated(
    notebook: NotebookNode,
    lesson_id: str,
    language: str,
    translations: Mapping[tuple[str, str], str],
) -> NotebookNode:
    """Return the trainee version in that language: the same cells, ids and code.

    `translations` maps (context, text) to what is shown. Where there is none, the text stays, and
    a note in the language stands before the first of several such blocks.
    """
    result = copy.deepcopy(notebook)
    result.metadata[KEY] = {**(result.metadata.get(KEY) or {}), "language": language}
    speaker = _Speaker(language, translations)
    for cell in result.cells:
        speaker.contexts = Contexts(lesson_id, cell.id)
        rewrite(cell, speaker.say)
    return result


class _Speaker:
    """Says each text in turn, and remembers if the reader knows that a translation is missing."""

    def __init__(self, language: str, translations: Mapping[tuple[str, str], str]) -> None:
        self._note = f"> *{_NOT_YET.get(language, _NOT_YET['en'])}*"
        self._translations = translations
        self._noted = False
        self.contexts = Contexts("", "")

    def say(self, kind: Kind, text: str) -> str:
        translation = self._translations.get((self.contexts.of(text), text))
        if kind is not Kind.BLOCK:
            return text if translation is None else translation
        noted, self._noted = self._noted, translation is None
        if translation is not None:
            return translation
        return text if noted else f"{self._note}\n\n{text}"
