"""For every test: what this machine lacks is skipped with the reason, and in CI a skip fails."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from running_cluster import cluster, cluster_layout  # noqa: F401  fixtures, for every folder
from running_site import RunningSite

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


@pytest.fixture(scope="session")
def local_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The site `local`, up for all tests that share it."""
    site = RunningSite("local", tmp_path_factory.mktemp("local") / "data")
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def onebox_site(cluster_layout: object) -> Iterator[RunningSite]:
    """The site `onebox`, up on the cluster that the tests share."""
    # Its catalogue must be readable by other users: pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="onboard-site-", dir="/var/lib") as folder:
        Path(folder).chmod(0o755)
        site = RunningSite("onebox", Path(folder) / "data")
        try:
            site.start()
            yield site
        finally:
            site.stop()

