"""Where a notebook is, as a CI system wants it: from the root of the repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Where GitHub's and GitLab's runners say that they checked the repository out."""


def repository(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the root of the checkout that CI works on; elsewhere the current folder."""
    return next((Path(environ[one]) for one in _ROOTS if environ.get(one)), Path.cwd())


def from_root(path: Path, root: Path) -> str:
    """Return `path` as seen from `root`, with /; what lies outside keeps its whole path."""
    there = path.resolve()
    base = root.resolve()
    return (there.relative_to(base) if there.is_relative_to(base) else there).as_posix()
