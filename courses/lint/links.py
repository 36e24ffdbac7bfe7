"""Links: those inside the course lead somewhere; those outside are listed and never fetched."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from urllib.parse import SplitResult, unquote, urlsplit

from courses.lint.material import Cell, Material
from courses.lint.rule import Place, Problem, Rule, error, warning

_SAFE = ("http", "https", "mailto")
_ENGLISH = ("here", "click here", "link", "this", "this link", "this page", "more", "read more")
_FRENCH = ("ici", "cliquez ici", "lien", "ce lien", "cette page", "plus", "en savoir plus")
_GERMAN = ("hier", "hier klicken", "dieser link", "diese seite", "mehr", "mehr lesen")
_SAYS_NOTHING = frozenset(("", *_ENGLISH, *_FRENCH, *_GERMAN))


def external_links(material: Material) -> Mapping[str, list[Place]]:
    """Return each address outside the course, in order of the alphabet, with its places."""
    found: dict[str, list[Place]] = {}
    for cell, target in _targets(material):
        if _split(target).scheme in ("http", "https"):
            found.setdefault(target, []).append(cell.place)
    return dict(sorted(found.items()))


def _targets(material: Material) -> Iterator[tuple[Cell, str]]:
    for cell in material.cells:
        yield from ((cell, link.target) for link in cell.markdown.links)
        yield from ((cell, image.source) for image in cell.markdown.images)


def _split(target: str) -> SplitResult:
    try:
        return urlsplit(target)
    except ValueError:  # such as a bracket without its pair in the host
        return SplitResult("", "", target, "", "")


def _target(material: Material) -> Iterator[Problem]:
    for cell, target in _targets(material):
        parts = _split(target)
        if not target:
            yield cell.problem("A link or an image leads nowhere.", "Name a file or a page.")
        elif parts.scheme == "attachment":
            yield from _find_attachment(cell, unquote(parts.path))
        elif not parts.scheme and not parts.netloc:
            yield from _find_file(material, cell, parts)


def _find_attachment(cell: Cell, name: str) -> Iterator[Problem]:
    if name not in cell.node.get("attachments", {}):
        yield cell.problem(f"It has no attachment {name}.", "Paste the image into it again.")


def _find_file(material: Material, cell: Cell, parts: SplitResult) -> Iterator[Problem]:
    here = cell.place.file
    path = posixpath.join(posixpath.dirname(here), unquote(parts.path))
    file = posixpath.normpath(path) if parts.path else here
    if file not in material.files and file not in material.folders:
        yield cell.problem(
            f"The link {parts.geturl()} leads to no file of the course.",
            "Name one, as a path from this notebook's folder; hidden files are not delivered.",
        )
    elif parts.fragment:
        yield from _find_heading(material, cell, file, unquote(parts.fragment))


def _find_heading(material: Material, cell: Cell, file: str, anchor: str) -> Iterator[Problem]:
    target = next((one for one in material.notebooks if one.path == file), None)
    if target and anchor not in target.anchors:
        near = get_close_matches(anchor, target.anchors, n=1)
        meant = f": perhaps `#{near[0]}`" if near else ""
        yield cell.problem(
            f"There is no heading for #{anchor} in {file}.",
            f"Write the heading's text with - for each space{meant}.",
        )


def _scheme(material: Material) -> Iterator[Problem]:
    for cell, target in _targets(material):
        scheme = _split(target).scheme
        if scheme and scheme not in (*_SAFE, "attachment"):
            yield cell.problem(
                f"A link or an image begins with {scheme}:.",
                "Link to a file of the course, or to an https:// page.",
            )


def _plain_http(material: Material) -> Iterator[Problem]:
    for cell, target in _targets(material):
        if _split(target).scheme == "http":
            yield cell.problem(
                f"{target} is not encrypted: anyone between may read and change it.",
                "Write https://.",
            )


def _text(material: Material) -> Iterator[Problem]:
    for cell in material.cells:
        for link in cell.markdown.links:
            if link.text.strip(" .:!…→»").lower() in _SAYS_NOTHING:
                yield cell.problem(
                    f"A link to {link.target} reads “{link.text}”.",
                    "Let it say where it leads: a screen reader lists links by their text.",
                )


RULES: tuple[Rule, ...] = (
    error("link-target", _target),
    error("link-scheme", _scheme),
    warning("link-http", _plain_http),
    warning("link-text", _text),
)
