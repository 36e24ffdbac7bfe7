"""Markdown as a translator meets it: a paragraph, heading, list or table at a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark").enable("table")
# CommonMark's line endings, and no others: its line numbers count these.
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_CODE = frozenset({"fence", "code_block"})
_COMMENT_OR_FORMULA = re.compile(r"(?:\s*<!--.*?-->)+|\$\$.*\$\$", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A stretch of a Markdown text; joined in their order they are the text again."""

    text: str
    translatable: bool


def split(text: str) -> tuple[Block, ...]:
    """Cut Markdown into its outermost blocks, and what stands between them (not translatable).

    A list, a table or a quote stays whole. Code, formulas and comments are not translatable.
    """
    return tuple(block for block in _pieces(text) if block.text)


def rewritten(text: str, say: Callable[[str], str]) -> str:
    """Return the Markdown with `say(block)` in the place of each translatable block."""
    return "".join(say(one.text) if one.translatable else one.text for one in split(text))


def _pieces(text: str) -> Iterator[Block]:
    starts = [0, *accumulate(len(line) for line in _LINE.findall(text))]
    done = 0
    for token in _MARKDOWN.parse(text):
        if token.level or not token.map:
            continue
        start = starts[token.map[0]]
        body = text[start : starts[token.map[1]]].rstrip()
        yield Block(text[done:start], translatable=False)
        yield Block(body, translatable=token.type not in _CODE and _has_words(body))
        done = start + len(body)
    yield Block(text[done:], translatable=False)


def _has_words(text: str) -> bool:
    return any(one.isalpha() for one in text) and not _COMMENT_OR_FORMULA.fullmatch(text)
