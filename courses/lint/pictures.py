"""A stored picture's own colours. Pure."""

from __future__ import annotations

import base64
import io

from courses.lint.colours import Rgb, contrast

_SAMPLE = 256
"""Pixels a side that are looked at: enough to meet the text and the axes of a plot."""
_MOST_PIXELS = 50_000_000
_OPAQUE = 128


class NoPicture(Exception):
    """The stored output cannot be read as a picture."""


def best_contrast(png: str) -> float | None:
    """Return how far anything stands out from the background of a base64 PNG: 1 to 21.

    The background is the commonest colour; None where it is transparent. Raises NoPicture.
    """
    counted = _colours(png)
    *rest, (_, background) = sorted(counted, key=lambda one: one[0])
    if background[3] < _OPAQUE:
        return None
    return max((contrast(_rgb(one), _rgb(background)) for _, one in rest), default=1.0)


def _colours(png: str) -> list[tuple[int, tuple[int, int, int, int]]]:
    from PIL import Image  # comes with matplotlib; a course without plots need not wait for it

    try:
        with Image.open(io.BytesIO(base64.b64decode(png)), formats=["PNG"]) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise NoPicture(f"it has {image.width} × {image.height} pixels")
            size = (min(image.width, _SAMPLE), min(image.height, _SAMPLE))
            # Nearest: a mean of pixels would be a colour that nobody sees.
            sample = image.convert("RGBA").resize(size, Image.Resampling.NEAREST)
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError) as error:
        raise NoPicture(str(error)) from None
    return sample.getcolors(_SAMPLE * _SAMPLE) or []


def _rgb(colour: tuple[int, int, int, int]) -> Rgb:
    red, green, blue, _ = colour
    return red / 255, green / 255, blue / 255
