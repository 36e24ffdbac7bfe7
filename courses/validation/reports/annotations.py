"""What went wrong, on the line where it did: for the pages on which a change is reviewed."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from courses.validation.record import Outcome, ValidationRecord
from courses.validation.reports import files, places
from courses.validation.reports.findings import Finding, findings

_LEVELS = {
    Outcome.FAILED: "error",
    Outcome.ERRORED: "error",
    Outcome.NOT_VALIDATED: "warning",
}
_SEVERITIES = {
    Outcome.FAILED: "major",
    Outcome.ERRORED: "critical",
    Outcome.NOT_VALIDATED: "minor",
}


def github(record: ValidationRecord, folder: Path, root: Path) -> tuple[str, ...]:
    """Return a workflow command of GitHub Actions for each finding; files as seen from `root`.

    docs.github.com, "Workflow commands for GitHub Actions".
    """
    return tuple(
        f"::{_LEVELS[one.outcome]} "
        f"file={_property(places.from_root(folder / one.notebook, root))},"
        f"line={one.line},"
        f"title={_property(f'{record.course}/{one.lesson}: {one.outcome.value}')}"
        f"::{_data(one.headline)}"
        for one in findings(record)
    )


@contextmanager
def commands_stopped() -> Iterator[None]:
    """Let GitHub take nothing that is printed meanwhile for a command: a lesson's text may be one.

    The word that ends it is random, so that no lesson can say it.
    """
    token = f"onboard-{secrets.token_hex(16)}"
    click.echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        click.echo(f"::{token}::")


def write_code_quality(record: ValidationRecord, folder: Path, path: Path) -> None:
    """Write GitLab's code quality report. Raises InvalidInput if the file cannot be written."""
    found = code_quality(record, folder, places.repository())
    files.write(json.dumps(found, indent=2) + "\n", path)


def code_quality(record: ValidationRecord, folder: Path, root: Path) -> list[dict[str, object]]:
    """Return the findings as GitLab's code quality report has them; files as seen from `root`.

    docs.gitlab.com, "Code Quality": "Code Quality report format".
    """
    return [
        {
            "description": f"{one.lesson}: {one.headline}",
            "check_name": f"onboard {_kind(one)}",
            "fingerprint": _fingerprint(record.course, one),
            "severity": _SEVERITIES[one.outcome],
            "location": {
                "path": places.from_root(folder / one.notebook, root),
                "lines": {"begin": one.line},
            },
        }
        for one in findings(record)
    ]


def _kind(finding: Finding) -> str:
    return finding.outcome.value.replace(" ", "-")


def _fingerprint(course: str, finding: Finding) -> str:
    # Not the message and not the line: a finding that moves is still the same one.
    parts = json.dumps([course, finding.lesson, finding.cell, _kind(finding)])
    return hashlib.sha256(parts.encode()).hexdigest()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
