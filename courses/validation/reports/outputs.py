"""A cell's outputs, as they may stand on a page: text, pictures that are sound, names of the rest.

Outputs come from whatever a lesson ran. Nothing of them is ever markup of the page: HTML is shown
as text, a picture is a data: URI in an <img>, where no script runs and nothing is loaded.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from courses.validation.job import plain
from courses.validation.reports.words import size

LARGEST_PICTURE = 2 * 1024 * 1024
"""In bytes: what is larger is named, not shown."""
MOST_OUTPUTS = 20
"""Of one cell."""

_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_SVG = "image/svg+xml"
_PICTURES = (*_BEGINNINGS, _SVG)
_TEXTS = ("text/plain", "text/html")


@dataclass(frozen=True)
class Shown:
    """One output. `text` is what to show of it as text, or what a picture is said to be."""

    kind: Literal["text", "html", "picture", "named"]
    name: str
    """The stream or the MIME type that it came as."""
    text: str
    source: str = ""
    """Of a picture: a data: URI."""


def shown(outputs: Sequence[Mapping[str, Any]]) -> tuple[Shown, ...]:
    """Return what to show of nbformat outputs, in their order."""
    found = [one for output in outputs[:MOST_OUTPUTS] for one in _output(output)]
    if (more := len(outputs) - MOST_OUTPUTS) > 0:
        found.append(Shown("named", "more", f"and {more} more outputs"))
    return tuple(found)


def _output(output: Mapping[str, Any]) -> Iterator[Shown]:
    kind = output.get("output_type")
    if kind == "stream":
        yield Shown("text", str(output.get("name", "stream")), _text(output.get("text")))
    elif kind == "error":
        said = f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"
        yield Shown("text", "error", said)
    else:
        data = output.get("data")
        yield from _bundle(data if isinstance(data, Mapping) else {})


def _bundle(data: Mapping[str, Any]) -> Iterator[Shown]:
    said = _text(data.get("text/plain"))
    pictures = [_picture(one, _joined(data[one]), said) for one in _PICTURES if one in data]
    yield from pictures
    # What stands for a picture where none can be shown; and where it can, what it is said to be.
    seen = any(one.kind == "picture" for one in pictures)
    if "text/plain" in data and not seen:
        yield Shown("text", "text/plain", said)
    if "text/html" in data:
        yield Shown("html", "text/html", _text(data["text/html"]))
    for name in data:
        if name not in (*_PICTURES, *_TEXTS):
            text = f"{size(len(_joined(data[name])))}, not shown here"
            yield Shown("named", plain(str(name)), text)


def _picture(name: str, content: str, said: str) -> Shown:
    raw = content.encode("utf-8", "replace") if name == _SVG else _decoded(content)
    if raw is None or not raw.startswith(_BEGINNINGS.get(name, b"")):
        return Shown("named", name, "not a sound picture, so not shown")
    if len(raw) > LARGEST_PICTURE:
        return Shown("named", name, f"{size(len(raw))}: too large to show")
    source = f"data:{name};base64,{base64.b64encode(raw).decode('ascii')}"
    return Shown("picture", name, said or "A picture without a description", source)


def _decoded(content: str) -> bytes | None:
    try:
        # nbformat allows lines; anything else that is no base64 is refused.
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _text(value: object) -> str:
    return plain(_joined(value))


def _joined(value: object) -> str:
    if value is None:
        return ""
    # In a file, nbformat keeps text as a list of its lines.
    return "".join(str(one) for one in value) if isinstance(value, list) else str(value)
