"""`onboard site check --live` against a real Slurm."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from running_cluster import Cluster

from hub_config import site
from hub_config.cli import onboard

pytestmark = pytest.mark.slurm


def test_onebox_is_as_its_file_says(cluster: Cluster):
    done = CliRunner().invoke(onboard, ["site", "check", "onebox", "--live"])

    assert done.exit_code == 0, (done.output, done.exception)
    assert "as the file says" in done.output


def test_a_doctored_file_is_found_out(cluster: Cluster, tmp_path: Path):
    # given a file with a limit, a partition and a GPU type that this cluster has not
    path = tmp_path / "doctored.toml"
    toml = site.text("onebox").replace("max_time_s = 86400", "max_time_s = 90000", 1)
    toml = toml.replace('"a100"', '"h100"')
    toml += '\n[[machine.partitions]]\nname = "lost"\nmax_time_s = 60\n'
    path.write_text(toml, encoding="utf-8")

    # when it is compared with the cluster
    done = CliRunner().invoke(onboard, ["site", "check", str(path), "--live"])

    # then each is a row
    assert done.exit_code == 1
    for key in ("cpu.max_time_s", "gpu.gpu_type", "lost"):
        assert f"machine.partitions.{key}" in done.output
    assert "nodes" not in done.output
