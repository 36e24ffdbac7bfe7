"""Translations put into a code cell. Nothing but its texts can change. Pure.

Each goes into a literal of its own, with every character escaped that could end it. What does not
fill in the same fields as its source is not used.
"""

from __future__ import annotations

from collections.abc import Callable

from courses.authoring.translation.fields import FIELD, fits
from courses.authoring.translation.literals import LINE, MARK, marked_lines, texts

# Typography that repr() would show as an escape, in the middle of a French sentence.
_PLAIN = frozenset("\u00a0\u202f")


def rewritten(code: str, say: Callable[[str], str]) -> str:
    """Return the code with `say(text)` in the place of each text; one that is the same stays."""
    parts, done = [], 0
    for text in texts(code):
        said = say(text.value)
        if said == text.value or not fits(text.value, said):
            continue
        parts += [code[done : text.start], _literal(said, is_fstring=text.is_fstring)]
        done = text.end
    return "".join([*parts, code[done:]])


def without_marks(code: str) -> str:
    """Return the code without its comments `# translate`: they are for authors."""
    lines = LINE.findall(code)
    for number in marked_lines(code):
        body = lines[number - 1].rstrip("\r\n")
        lines[number - 1] = MARK.sub("", body) + lines[number - 1][len(body) :]
    return "".join(lines)


def _literal(text: str, *, is_fstring: bool) -> str:
    # Every character is a literal's own; the fields of an f-string are those of the source.
    if not is_fstring:
        return f'"{_escaped(text)}"'
    parts, done = [], 0
    for field in FIELD.finditer(text):
        parts += [_escaped(text[done : field.start()]), field.group()]
        done = field.end()
    return f'f"{"".join(parts)}{_escaped(text[done:])}"'


def _escaped(text: str) -> str:
    return "".join(
        '\\"' if one == '"' else one if one in _PLAIN else repr(one)[1:-1] for one in text
    )
