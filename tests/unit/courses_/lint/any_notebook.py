"""Notebooks as hypothesis makes them up: all that nbformat accepts, and the worse the better."""

from __future__ import annotations

import base64
import io

from hypothesis import strategies as some
from PIL import Image

from .conftest import PYTHON as METADATA

KERNEL = METADATA["kernelspec"]

json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)

MARKDOWN = ("# A", "<h2>", "</h2>", "<a href=", "<![", "<!--", "[x](", "](y)", "![", "$$", "=")
MATHS = ("`", "\\begin{align}", "http://[", "[x](java\tscript:", "%zz", "[^1]", "|a|\n|-|\n")
PYTHON = ("x = ", "f'{", "'~/", "get(", ")", "color='", "plt.plot(", "import matplotlib", "lambda:")
ODD = ("!ls", "%%bash", "%", "?", "\0", "\n", "\r", "\t", "\\d", "exercise(", "-" * 3000, "(" * 300)
pieces = some.sampled_from((*MARKDOWN, *MATHS, *PYTHON, *ODD))
sources = some.lists(pieces | some.text(max_size=10), max_size=12).map("".join)


def _damaged(place: int, byte: int, end: int) -> str:
    """Return a PNG with one wrong byte, cut off somewhere, in base64."""
    whole = io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(whole, "PNG")
    data = bytearray(whole.getvalue())
    data[place % len(data)] = byte
    return base64.b64encode(bytes(data[: end % (2 * len(data))])).decode()


anything = some.integers(0, 1000)
pngs = some.builds(_damaged, anything, some.integers(0, 255), anything) | some.text(max_size=9)
metadata = some.fixed_dictionaries(
    {},
    optional={
        "onboard": json,
        "alt": json,
        "jupyter": some.dictionaries(some.just("source_hidden"), some.booleans(), max_size=1),
        "tags": some.lists(some.from_regex(r"[^,]+", fullmatch=True), max_size=2, unique=True),
    },
)
outputs = pngs.map(
    lambda png: {"output_type": "display_data", "data": {"image/png": png}, "metadata": {}}
)
code_cells = some.builds(
    lambda source, metadata, outputs, count: {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": outputs,
        "execution_count": count,
    },
    sources,
    metadata,
    some.lists(outputs, max_size=1),
    some.none() | some.integers(0, 9),
)
text_cells = some.builds(
    lambda kind, source, metadata: {"cell_type": kind, "source": source, "metadata": metadata},
    some.sampled_from(["markdown", "raw"]),
    sources,
    metadata,
)
notebooks = some.builds(
    lambda cells, kernel: {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel} if kernel else {},
        "cells": [{**cell, "id": f"cell-{place}"} for place, cell in enumerate(cells)],
    },
    some.lists(code_cells | text_cells, max_size=5),
    some.none() | some.just(KERNEL),
)
