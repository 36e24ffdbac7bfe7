"""What becomes of a test that cannot run here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]  # where the plugin strict_skips is
SKIPS = """
import pytest

@pytest.mark.skip(reason="no such thing here")
def test_skipped(): pass

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_to_fail(): assert False

def test_passes(): pass
"""
SKIPS_WHOLE = "import pytest\npytest.skip('no such module here', allow_module_level=True)\n"


@pytest.mark.parametrize(
    ("text", "ci", "code", "summary"),
    [
        (SKIPS, "", 0, "1 passed, 1 skipped, 1 xfailed"),
        (SKIPS, "true", 1, "1 passed, 1 xfailed, 1 error"),
        (SKIPS_WHOLE, "", 5, "1 skipped"),
        (SKIPS_WHOLE, "true", 2, "1 error"),
    ],
)
def test_a_skip_fails_in_ci_and_nowhere_else(tmp_path, text, ci, code, summary):
    # given tests that skip
    (tmp_path / "test_it.py").write_text(text)

    # when they run, in CI or not
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "strict_skips", str(tmp_path)],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(TESTS)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )

    # then the outcome is this, and the reason is there
    assert done.returncode == code, done.stdout
    assert summary in done.stdout.splitlines()[-1]
    assert "no such" in done.stdout
