"""A folder for temporary files, and what the file system may refuse there: a sentence."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.status import Status

from courses.releases import drafts
from spawners.errors import InvalidInput


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """Lend a folder below TMPDIR; those of the same kind whose owners were killed are removed.

    Raises InvalidInput if it cannot be made.
    """
    with ExitStack() as lent:
        with working_in("TMPDIR"):
            place = Path(tempfile.gettempdir())
        with working_in(place):
            drafts.sweep(place, kind)
            folder = lent.enter_context(drafts.lend(place, kind))
        yield folder


def busy(doing: str) -> Status:
    """Say what goes on, on a terminal: with much data it takes minutes."""
    return Console(stderr=True, highlight=False).status(doing)


@contextmanager
def working_in(place: Path | str) -> Iterator[None]:
    """Turn what the file system refuses into InvalidInput that names the file, or else `place`."""
    try:
        yield
    except OSError as error:
        name = error.filename2 or error.filename or place
        raise InvalidInput(
            f"{name}: cannot be read or written: {error.strerror or error}.",
            hint="See the file's mode, or make room in the folder for temporary files, which "
            "TMPDIR names; nothing was published.",
        ) from None
