"""What looks like a key or a password in a text. Pure.

A table of forms that cannot well be anything else. No guess by entropy, as scanners of whole
repositories make: what is found here stops a course from being published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FORMS = {
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
    # A digit and a capital: there are style sheets whose classes begin with sk-.
    "an OpenAI key": r"\bsk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{32,}",
    "a Slack token": r"\bxox[abprs]-[\w-]{10,}",
    "a JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",
    "a password": (
        r"(?i:\b\w*(?:password|passwd|api_?key|secret_?key|access_?token))"
        r"""["']?\s*[:=]\s*["'](?P<value>[^"'\s]{6,})["']"""
    ),
}
_TABLE = {what: re.compile(form) for what, form in _FORMS.items()}
_PLACEHOLDER = re.compile(
    r"(?i)your|example|change.?me|placeholder|secret|password|x{3}|\.{3}|[<{$*]"
)


def credentials(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line (from 1) and the kind of each key or password in the text."""
    for what, form in _TABLE.items():
        for match in form.finditer(text):
            if not _PLACEHOLDER.search(match.groupdict().get("value") or ""):
                yield text.count("\n", 0, match.start()) + 1, what
