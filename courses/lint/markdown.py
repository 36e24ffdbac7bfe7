"""What a Markdown text holds: headings, links, images, code, words. Pure.

markdown-it reads it, with what JupyterLab adds to CommonMark: tables, bare addresses, and
mathematics, inside which nothing is Markdown. HTML in it counts as what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True)
class Heading:
    """A heading: its level from 1 to 6, and its text as a reader sees it."""

    level: int
    text: str

    @property
    def anchor(self) -> str:
        """What a link to it ends in, as JupyterLab makes it (`Renderers.createHeaderId`)."""
        return self.text.replace(" ", "-")


@dataclass(frozen=True)
class Link:
    """A link: where it goes, and what it reads; an image in it reads as its alternative."""

    target: str
    text: str


@dataclass(frozen=True)
class Image:
    """An image: where it is, and its text alternative, None where none is written."""

    source: str
    alt: str | None


@dataclass(frozen=True)
class Markdown:
    """What a text holds, each in the order of the text."""

    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    code_spans: tuple[str, ...] = ()
    code_blocks: tuple[str, ...] = ()
    prose: str = ""
    """What a reader reads as text, code blocks left out."""


def parse(text: str) -> Markdown:
    """Read a Markdown text; any text is one."""
    reader = _Reader()
    reader.read_all(_parser().parse(text))
    return Markdown(
        headings=tuple(reader.headings),
        links=tuple(reader.links),
        images=tuple(reader.images),
        code_spans=tuple(reader.code_spans),
        code_blocks=tuple(reader.code_blocks),
        prose=" ".join("".join(reader.prose).split()),
    )


@cache
def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"linkify": True})
    parser.enable(["table", "strikethrough", "linkify"])
    parser.use(dollarmath_plugin, double_inline=True).use(amsmath_plugin)
    if parser.linkify:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    return parser


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802  markdown-it's own name
        # Else a `javascript:` link would count as plain text, and nobody would hear of it.
        return True


class _Reader(HTMLParser):
    """Gathers what is in Markdown's own tokens and in the HTML among them, by the same means."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.images: list[Image] = []
        self.code_spans: list[str] = []
        self.code_blocks: list[str] = []
        self.prose: list[str] = []
        self._link: tuple[str, list[str]] | None = None
        self._heading: tuple[int, list[str]] | None = None

    def read_all(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            self._read(token)

    def _read(self, token: Token) -> None:
        match token.type:
            case "inline":
                self.read_all(token.children or ())
                self.handle_data("\n")
            case "text":
                self.handle_data(token.content)
            case "softbreak" | "hardbreak":
                self.handle_data("\n")
            case "code_inline":
                self.code_spans.append(token.content)
                self.handle_data(token.content)
            case "fence" | "code_block":
                self.code_blocks.append(token.content)
            case "image":
                self._see(str(token.attrs.get("src", "")), _alternative(token))
            case "html_inline" | "html_block":
                self._read_html(token.content)
            case "heading_open" | "heading_close" | "link_open" | "link_close":
                self._read_tag(token)

    def _read_tag(self, token: Token) -> None:
        if token.nesting > 0:
            self.handle_starttag(token.tag, [(name, str(at)) for name, at in token.attrs.items()])
        else:
            self.handle_endtag(token.tag)

    def _read_html(self, content: str) -> None:
        try:
            self.feed(content)
        except AssertionError:  # how HTMLParser meets `<![`: a browser shows nothing there
            self.reset()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "img":
            self._see(found.get("src") or "", _html_alternative(found))
        elif tag == "a" and found.get("href"):
            self._link = (found["href"] or "", [])
        elif tag in _HEADINGS:
            self._heading = (_HEADINGS.index(tag) + 1, [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link:
            target, pieces = self._link
            self.links.append(Link(target, _text(pieces)))
            self._link = None
        elif tag in _HEADINGS and self._heading:
            level, pieces = self._heading
            self.headings.append(Heading(level, _text(pieces)))
            self._heading = None

    def handle_data(self, data: str) -> None:
        self.prose.append(data)
        self._read_as(data)

    def _see(self, source: str, alt: str | None) -> None:
        self.images.append(Image(source, alt))
        self._read_as(alt or "")

    def _read_as(self, text: str) -> None:
        for open_one in (self._link, self._heading):
            if open_one:
                open_one[1].append(text)


def _alternative(token: Token) -> str | None:
    inner = _Reader()
    inner.read_all(token.children or ())
    # Markdown has no way to say that an image is there for its looks alone.
    return _text(inner.prose) or None


def _html_alternative(attributes: dict[str, str | None]) -> str | None:
    return attributes["alt"] or "" if "alt" in attributes else None


def _text(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())
