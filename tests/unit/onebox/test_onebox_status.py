"""What scontrol prints, as numbers; and what the commands say when the cluster is down."""

import os
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from hub_config.onebox import cluster, command, daemons, files
from hub_config.onebox.commands import onebox
from hub_config.onebox.layout import Layout
from hub_config.onebox.status import ClusterStatus, read_nodes, status
from spawners.errors import BatchError, InvalidInput, MissingTool

GPU_NODE = (
    "NodeName=gpu1 Arch=x86_64 CoresPerSocket=1 CPUAlloc=4 CPUEfctv=64 CPUTot=64 CPULoad=0.10 "
    "AvailableFeatures=(null) Gres=gpu:a100:4 GresDrain=N/A GresUsed=gpu:a100:2(IDX:0-1) "
    "NodeAddr=127.0.0.1 RealMemory=400000 AllocMem=8192 FreeMem=1 State={state} "
    "Partitions=gpu Reason=State=IDLE said somebody"
)
CPU_NODE = (
    "NodeName=cpu1 CPUAlloc=0 CPUTot=16 Gres=(null) GresUsed=(null) RealMemory=64000 AllocMem=0 "
    "State=IDLE"
)


def test_a_node_is_read_with_what_is_in_use():
    (node,) = read_nodes(GPU_NODE.format(state="MIXED"), {"gpu1": 2})

    assert (node.cpus_used, node.cpus) == (4, 64)
    assert (node.memory_used_mib, node.memory_mib) == (8192, 400000)
    assert (node.gpus_used, node.gpus) == (2, 4)
    assert node.jobs == 2


def test_a_node_without_gpus_has_none():
    (node,) = read_nodes(CPU_NODE, {})

    assert (node.gpus_used, node.gpus, node.jobs) == (0, 0, 0)


@pytest.mark.parametrize(
    ("state", "ready", "out_of_use"),
    [
        ("IDLE", True, False),
        ("MIXED+COMPLETING", True, False),
        ("IDLE+DRAIN", False, True),
        ("DOWN+NOT_RESPONDING", False, True),
        ("DOWN*", False, True),
        ("UNKNOWN", False, False),
        ("IDLE+NOT_RESPONDING", False, False),
    ],
)
def test_a_nodes_state_says_if_jobs_can_run(state: str, ready: bool, out_of_use: bool):
    (node,) = read_nodes(GPU_NODE.format(state=state), {})

    assert (node.ready, node.out_of_use) == (ready, out_of_use)


def test_a_cluster_is_ready_when_every_node_is():
    nodes = read_nodes(f"{CPU_NODE}\n{GPU_NODE.format(state='IDLE+DRAIN')}", {})

    assert ClusterStatus(up=True, nodes=nodes[:1]).ready
    assert not ClusterStatus(up=True, nodes=nodes).ready


def test_status_without_a_configuration_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(command, "find", lambda name: f"/bin/{name}")

    now = status(Layout(config_dir=tmp_path))

    assert not now.up
    assert "onboard onebox up" in now.reason


def test_status_of_somebody_elses_slurm_is_not_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(command, "find", lambda name: f"/bin/{name}")
    (tmp_path / "slurm.conf").write_text("ClusterName=theirs\n")

    now = status(Layout(config_dir=tmp_path))

    assert not now.up
    assert "slurm.conf is not of this cluster" in now.reason


def test_status_without_slurm_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(command, "find", lambda name: None)

    assert status(Layout()) == ClusterStatus(up=False, reason="Slurm is not installed.")


def test_the_status_command_ends_with_1_when_the_cluster_is_down(monkeypatch: pytest.MonkeyPatch):
    down = ClusterStatus(up=False, reason="The controller is not running.")
    monkeypatch.setattr(cluster, "status", lambda layout: down)

    result = CliRunner().invoke(onebox, ["status"])

    assert result.exit_code == 1


def test_a_program_that_is_missing_is_named():
    with pytest.raises(MissingTool, match="no-such-program"):
        command.ask("no-such-program")


def test_a_program_that_hangs_is_given_up():
    with pytest.raises(BatchError, match="sleep did not end within 0 s"):
        command.ask("sleep", "30", timeout_s=0.05)


def test_a_program_that_fails_is_quoted():
    with pytest.raises(BatchError, match=r"cat failed: .*No such file"):
        command.do("cat", "/no/such/file")


def test_a_file_of_somebody_else_is_refused(tmp_path: Path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_text("ClusterName=x\n")
    files.put(ours, f"{files.MARKER}\n")

    files.refuse_foreign([ours, tmp_path / "missing"])
    with pytest.raises(InvalidInput, match="theirs is there"):
        files.refuse_foreign([ours, theirs])


def test_a_file_is_put_with_its_mode_and_left_alone_after_that(tmp_path: Path):
    # given a file put once
    path = tmp_path / "new" / "file"
    files.put(path, "text", mode=0o440)
    before = path.stat()

    # when it is put again
    files.put(path, "text", mode=0o440)

    # then it is the same file
    assert path.read_text() == "text"
    assert before.st_mode & 0o777 == 0o440
    assert path.stat().st_ino == before.st_ino
    assert list(path.parent.iterdir()) == [path]


def test_a_pid_file_that_names_somebody_younger_is_not_believed(tmp_path: Path):
    # given a pid file with our own number, written before we were started
    us = psutil.Process()
    pid_file = tmp_path / "x.pid"
    pid_file.write_text(str(us.pid))
    daemon = daemons.Daemon("x", us.name(), (), pid_file, tmp_path / "x.log")
    layout = Layout(state_dir=tmp_path)

    # then a young file is believed, an old one is not
    assert daemons.find(layout, daemon) == us
    os.utime(pid_file, (us.create_time() - 60, us.create_time() - 60))
    assert daemons.find(layout, daemon) is None
