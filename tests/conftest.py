"""For every test: what it shares with others. A cluster and a site of each kind start once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_cluster import cluster, cluster_layout  # noqa: F401  fixtures, for every folder
from running_site import RunningSite
from strict_skips import (  # noqa: F401  hooks, for every folder
    pytest_collection_modifyitems,
    pytest_make_collect_report,
    pytest_runtest_makereport,
)


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
def onebox_site(request: pytest.FixtureRequest) -> Iterator[RunningSite]:
    """The site `onebox`, up on the cluster that the tests share."""
    request.getfixturevalue("cluster_layout")
    # Its catalogue must be readable by other users: pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="onboard-site-", dir="/var/lib") as folder:
        Path(folder).chmod(0o755)
        site = RunningSite("onebox", Path(folder) / "data")
        try:
            site.start()
            yield site
        finally:
            site.stop()
