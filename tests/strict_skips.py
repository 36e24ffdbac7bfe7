"""For every test: what this machine lacks is skipped with the reason, and in CI a skip fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from typing import TypeVar

import pytest

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

_SYSTEM_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs Slurm or Chromium where it is not to be had."""
    lacking = {"slurm": _no_slurm(), "browser": _no_browser()}
    for item in items:
        for mark, reason in lacking.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail in CI: there, everything has to be proven."""
    report = yield
    return _strict(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself whole."""
    report = yield
    return _strict(report)


def _strict(report: Report) -> Report:
    # An expected failure is reported as skipped too, but it did run.
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"In CI nothing may be skipped. {reason}"
    return report


def _no_slurm() -> str:
    if not shutil.which("apt-get"):
        return "needs Slurm on Debian or Ubuntu: run scripts/test there, as root"
    if os.geteuid() != 0:
        return "needs root, for a Slurm cluster on this machine: run scripts/test as root"
    missing = [name for name in ("slurmctld", "slurmd", "munged", "sudo") if not _found(name)]
    return f"needs {', '.join(missing)}: scripts/test installs it" if missing else ""


def _no_browser() -> str:
    return "" if _found("chromium") else "needs Chromium (Debian's package chromium)"


def _found(program: str) -> bool:
    return shutil.which(program, path=_SYSTEM_PATH) is not None
