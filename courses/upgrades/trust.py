"""Jupyter's trust in a notebook, through an upgrade.

Jupyter signs a notebook whose outputs the trainee made themselves, and shows the active ones
(widgets, HTML with scripts) only in those. A merged notebook is another file: unless it is signed
as well, the trainee's own results are no longer shown.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

from courses.upgrades.trainee_notebook import read


def keep(notary: Any, before: bytes, after: bytes) -> None:  # noqa: ANN401  untyped upstream
    """Sign what came of a notebook that was signed, if no output has come to it.

    `notary` is the server's; this may run in another thread than the server.
    """
    old, new = read(before), read(after)
    known = _outputs(old)
    # One of our own, of the same settings: SQLite answers only the thread that opened it.
    own = type(notary)(parent=notary.parent)
    # Without room for a signature Jupyter asks the trainee, as after any change from outside.
    with contextlib.suppress(sqlite3.Error), contextlib.closing(own.store):
        if own.check_signature(old) and all(one in known for one in _outputs(new)):
            own.sign(new)


def _outputs(notebook: Any) -> list[Any]:  # noqa: ANN401
    return [one for cell in notebook.cells for one in cell.get("outputs", ())]
