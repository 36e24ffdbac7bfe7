"""For every test: what needs the cluster runs in one process, and what does not beside it.

Only with `--dist loadgroup`, as scripts/test runs what are no unit tests: a cluster is shared by
all that need it, and while they wait for the scheduler there is time for the others.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def choose_lanes(items: Iterable[pytest.Item]) -> None:
    """Say of each test in which of the two processes it runs."""
    for item in items:
        lane = "cluster" if item.get_closest_marker("slurm") else "others"
        item.add_marker(pytest.mark.xdist_group(lane))
