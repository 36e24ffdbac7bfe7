"""A catalogue with a course of one lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from one_lesson import publish


@pytest.fixture
def catalogue(tmp_path: Path) -> str:
    path = str(tmp_path / "catalogue")
    publish(tmp_path, "{}")
    return path
