"""A stored picture's own colours. Pure."""

from __future__ import annotations

import base64
import io
import warnings
from collections import Counter

from courses.lint.colours import Rgb, contrast

Rgba = tuple[int, ...]
"""A pixel: red, green, blue and opacity, 0 to 255."""

_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, OverflowError)
"""What Pillow raises for a file that is broken in one way or another."""
_SAMPLE = 256
"""Pixels a side that are looked at: enough to meet the text and the axes of a plot."""
_OPAQUE = 128
_ROUNDED = [round(round(value / 255 * 31) / 31 * 255) for value in range(256)]
"""32 steps a channel: a photograph or a heat map has too many colours to compare each."""


class NoPicture(Exception):
    """The stored output cannot be read as a picture."""


def best_contrast(png: str) -> float | None:
    """Return how far anything stands out from the background of a base64 PNG: 1 to 21.

    The background is the commonest colour; None where it is transparent. Raises NoPicture.
    """
    counted = _colours(png)
    background = max(counted, key=lambda colour: counted[colour])
    if background[3] < _OPAQUE:
        return None
    return max(contrast(_rgb(one), _rgb(background)) for one in counted)


def _rgb(colour: Rgba) -> Rgb:
    red, green, blue, _ = colour
    return red / 255, green / 255, blue / 255


def _colours(png: str) -> Counter[Rgba]:
    from PIL import Image  # comes with matplotlib; a course without plots need not wait for it

    try:
        with warnings.catch_warnings():
            # Pillow warns of a file that would fill the memory; that is one not to open.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(base64.b64decode(png)), formats=["PNG"]) as image:
                size = (min(image.width, _SAMPLE), min(image.height, _SAMPLE))
                # Nearest: a mean of pixels would be a colour that nobody sees.
                sample = image.resize(size, Image.Resampling.NEAREST).convert("RGBA")
    except (*_UNREADABLE, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise NoPicture(str(error)) from None
    counted = sample.point(_ROUNDED * 4).getcolors(_SAMPLE * _SAMPLE) or []
    return Counter({colour: count for count, colour in counted if isinstance(colour, tuple)})
