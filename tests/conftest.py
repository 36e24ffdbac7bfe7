"""For every test: what it shares with others. A cluster and a site of each kind start once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attacker import attacked
from hypothesis import HealthCheck, settings
from running_cluster import cluster, cluster_layout  # noqa: F401  fixtures, for every folder
from running_site import RunningSite
from strict_skips import (  # noqa: F401  hooks, for every folder
    pytest_collection_modifyitems,
    pytest_make_collect_report,
    pytest_runtest_makereport,
)

from hub_config.site import text

# A busy machine is no counterexample. In CI hypothesis has a profile of its own that says so too.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if not os.environ.get("CI"):
    settings.load_profile("unhurried")


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
def attacked_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The site `local` with more trainees, at DEBUG, and an attacker (`attacker.ask`)."""
    folder = tmp_path_factory.mktemp("attacked")
    file = folder / "attacked.toml"
    users = 'users = ["trainee", "trainee2", "ann.lee", "a-b"]'
    file.write_text(text("local").replace('users = ["trainee"]', users), encoding="utf-8")
    with attacked(str(file), folder / "data") as site:
        yield site


@pytest.fixture(scope="session")
def attacked_cluster_site(request: pytest.FixtureRequest) -> Iterator[RunningSite]:
    """The site `onebox` at DEBUG, and an attacker (`attacker.ask`)."""
    request.getfixturevalue("cluster_layout")
    with _public_folder() as folder, attacked("onebox", folder / "data") as site:
        yield site


@pytest.fixture
def node() -> str:
    """The program that runs what a browser or the proxy would."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not on this machine; the proxy brings it.")
    return found


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that other users can read."""
    with _public_folder() as folder:
        yield folder


@contextmanager
def _public_folder() -> Iterator[Path]:
    # A site's catalogue must be readable by other users: pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="onboard-site-", dir="/var/lib") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def onebox_site(request: pytest.FixtureRequest) -> Iterator[RunningSite]:
    """The site `onebox`, up on the cluster that the tests share."""
    request.getfixturevalue("cluster_layout")
    with _public_folder() as folder:
        site = RunningSite("onebox", folder / "data")
        try:
            site.start()
            yield site
        finally:
            site.stop()
