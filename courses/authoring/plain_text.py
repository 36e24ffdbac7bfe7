"""Markdown as a widget shows it, which knows no marks: its words alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

# Not those that bind two words, as before a question mark in French.
_SPACES = re.compile(r"[ \t\r\n]+")


def plain_text(markdown: str) -> str:
    """Return a short text in one line; what begins it, such as `>` or `1.`, is the author's own."""
    return _words(_parser().parseInline(markdown)) or _one_line(markdown)


def question_in(markdown: str) -> str:
    """Return what a text asks: its last block that ends in a question mark, or else its last.

    A block is a paragraph, a heading, an entry of a list. Empty where the text has no words.
    """
    blocks = [text for one in _parser().parse(markdown) if (text := _words([one]))]
    asked = [text for text in blocks if text.endswith("?")]
    return (asked or blocks or [""])[-1]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").use(dollarmath_plugin, double_inline=True)


def _words(tokens: Iterable[Token]) -> str:
    return _one_line("".join(_shown(one) for one in tokens if one.type == "inline"))


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _shown(token: Token) -> str:
    match token.type:
        case "inline" | "image":
            return "".join(_shown(one) for one in token.children or ())
        case "text" | "code_inline" | "html_inline":
            return token.content
        case "math_inline" | "math_inline_double":
            return f"${token.content}$"
        case "softbreak" | "hardbreak":
            return " "
    return ""
