"""What makes a Python process that knows Jupyter start sooner."""

from __future__ import annotations

import sys


def skip_slow_grammar() -> None:
    """Let jsonschema do without the grammar of internationalised addresses.

    It builds that when it is imported, which takes a second, for a format that no notebook has.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
