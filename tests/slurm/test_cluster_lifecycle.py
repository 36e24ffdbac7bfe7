"""Up, down, crashes: on a second cluster with paths of its own, so that the first is not hurt."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from running_cluster import processes, until

from hub_config.onebox import accounting, daemons, files
from hub_config.onebox import cluster as onebox
from hub_config.onebox.layout import Hardware, Layout
from spawners.errors import InvalidInput

pytestmark = pytest.mark.slurm

HOSTS = "127.0.0.1 localhost\n"


@pytest.fixture
def layout(cluster_layout: Layout) -> Iterator[Layout]:
    """A layout that shares nothing with the site's own but its users; down afterwards."""
    # Not pytest's own folder: a job's user must reach the script that it runs.
    root = Path(tempfile.mkdtemp(prefix="onebox-", dir="/var/lib"))
    root.chmod(0o755)
    (root / "hosts").write_text(HOSTS)
    one = Layout(
        cluster="second",
        prefix="second-",
        hardware=(
            Hardware(name="a", cpus=4, memory_mib=4000),
            Hardware(name="b", cpus=4, memory_mib=4000, gpus=2),
        ),
        base_port=17500,
        first_address=51,
        state_dir=root / "state",
        config_dir=root / "etc",
        hosts_file=root / "hosts",
        sudoers_file=root / "sudoers",
        munge_dir=root / "munge",
        trainees=("trainee01",),
    )
    yield one
    onebox.down(one)
    shutil.rmtree(root)


def _slurm(layout: Layout, *argv: str) -> str:
    answer = subprocess.run(
        argv,
        env={**os.environ, **layout.environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def _submit(layout: Layout, script: str) -> str:
    options = ("--parsable", "--uid=trainee01", "--output=/dev/null", "--chdir=/")
    job = _slurm(layout, "sbatch", *options, f"--wrap={script}")
    until(lambda: _state(layout, job) == "RUNNING", "the job runs")
    return job


def _state(layout: Layout, job: str) -> str:
    return _slurm(layout, "squeue", "--noheader", "--states=all", "--format=%T", f"--jobs={job}")


def _wait_until_remembered(layout: Layout) -> None:
    now, saved = time.time(), layout.controller_dir / "job_state"
    until(lambda: saved.exists() and saved.stat().st_mtime > now, "the controller saves its jobs")


def _all_daemons(layout: Layout) -> list[daemons.Daemon]:
    return [daemons.munged(layout), *daemons.of_slurm(layout)]


def _kill(layout: Layout, daemon: daemons.Daemon) -> None:
    process = daemons.find(layout, daemon)
    assert process is not None
    process.kill()
    process.wait(10)


def test_down_ends_all_and_removes_what_up_made(layout: Layout):
    # given a cluster with a running job, one that ignores its end, and one of no parent
    marker = f"87{os.getpid()}"
    onebox.up(layout)
    _submit(layout, f"trap '' TERM; (setsid setsid sleep {marker}1 &); while :; do sleep 1; done")
    _submit(layout, f"exec sleep {marker}2")
    until(lambda: len(processes(f"^sleep {marker}")) == 2, "both sleep")

    # when it goes down
    onebox.down(layout)

    # then no process is left, and nothing that up put on the system
    assert not processes(f"^sleep {marker}")
    assert not processes(f"{layout.state_dir}|{layout.config_dir}|{layout.munge_dir}")
    assert not any(path.exists() for path in onebox.configuration(layout))
    assert not layout.sudoers_file.exists()
    assert not any(path.exists() for path in layout.gpu_files)
    assert layout.hosts_file.read_text() == HOSTS
    # and the status says so, and a second down has nothing to do
    assert not onebox.status(layout).up
    onebox.down(layout)


def test_jobs_keep_counting_in_the_next_life(layout: Layout):
    # given a job of an earlier life
    onebox.up(layout)
    first = int(_submit(layout, "exec sleep 300"))
    onebox.down(layout)

    # when the cluster is up again
    onebox.up(layout)

    # then no number is given out twice
    assert int(_submit(layout, "exec sleep 300")) > first


def test_up_after_a_crash_keeps_the_jobs(layout: Layout):
    # given a job, and every daemon killed
    onebox.up(layout)
    job = _submit(layout, "exec sleep 300")
    _wait_until_remembered(layout)
    for daemon in _all_daemons(layout):
        _kill(layout, daemon)
    assert layout.munge_socket.exists()
    assert not onebox.status(layout).up

    # when the cluster is brought up again
    status = onebox.up(layout)

    # then it is ready, and the job is still there
    assert status.ready
    assert _state(layout, job) == "RUNNING"


def test_down_after_a_crash_leaves_no_job(layout: Layout):
    # given a job and a dead controller
    marker = f"88{os.getpid()}"
    onebox.up(layout)
    _submit(layout, f"exec sleep {marker}")
    _kill(layout, daemons.slurmctld(layout))

    # when the cluster goes down
    onebox.down(layout)

    # then the job is over, now and in the next life
    assert not processes(f"^sleep {marker}")
    onebox.up(layout)
    assert _slurm(layout, "squeue", "--noheader") == ""


@pytest.mark.parametrize("state", ["DRAIN", "DOWN"])
def test_up_resumes_a_node_that_was_out_of_use(layout: Layout, state: str):
    # given a node that somebody took out of use
    onebox.up(layout)
    _slurm(layout, "scontrol", "update", "NodeName=second-a", f"State={state}", "Reason=test")
    assert not onebox.status(layout).ready

    assert onebox.up(layout).ready


def test_a_new_configuration_takes_effect_and_keeps_the_jobs(layout: Layout):
    # given a running job
    onebox.up(layout)
    job = _submit(layout, "exec sleep 300")

    # when the layout gets another node
    larger = (*layout.hardware, Hardware(name="c", cpus=6, memory_mib=4000))
    wider = layout.model_copy(update={"hardware": larger})
    status = onebox.up(wider)

    # then it is there, and the job goes on
    assert {node.name: node.cpus for node in status.nodes}["second-c"] == 6
    assert _state(layout, job) == "RUNNING"
    onebox.down(wider)


def test_down_spares_a_process_that_got_a_daemons_number(layout: Layout, tmp_path: Path):
    # given a stranger of the same program name, under the pid of a daemon that has ended
    onebox.up(layout)
    daemon = daemons.of_slurm(layout)[1]
    _kill(layout, daemon)
    program = tmp_path / daemon.program
    shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
    with subprocess.Popen([program, "300"]) as stranger:
        record = layout.run_dir / f"{daemon.name}.json"
        started = json.loads(record.read_text())["started"]
        record.write_text(json.dumps({"pid": stranger.pid, "started": started - 60}))
        daemon.pid_file.write_text(str(stranger.pid))
        os.utime(daemon.pid_file, (started - 60, started - 60))

        # when the cluster goes down
        onebox.down(layout)

        # then the stranger lives
        assert psutil.Process(stranger.pid).status() != psutil.STATUS_ZOMBIE
        stranger.terminate()


def test_a_munged_that_was_there_is_used_and_left(layout: Layout):
    # given a munged that the distribution started
    for folder in (layout.run_dir, layout.log_dir):
        folder.mkdir(parents=True)
    daemons.ensure_munged(layout)
    (layout.run_dir / "munged.json").unlink()

    # when the cluster goes up and down
    onebox.up(layout)
    onebox.down(layout)

    # then it is still there
    assert daemons.munge_answers(layout)
    _kill(layout, daemons.munged(layout))


@pytest.mark.parametrize("name", ["slurm.conf", "gres.conf", "cgroup.conf"])
def test_a_foreign_configuration_is_refused_and_nothing_touched(layout: Layout, name: str):
    # given a machine with a Slurm of its own
    foreign = layout.config_dir / name
    files.put(foreign, "ClusterName=theirs\n")

    # when ours is to go up
    with pytest.raises(InvalidInput, match=f"{foreign} is there"):
        onebox.up(layout)

    # then nothing was made, and down removes nothing of theirs
    assert not layout.state_dir.exists()
    assert layout.hosts_file.read_text() == HOSTS
    onebox.down(layout)
    assert foreign.read_text() == "ClusterName=theirs\n"


def test_a_nodes_name_that_another_host_has_is_refused(layout: Layout):
    layout.hosts_file.write_text("10.0.0.7 second-a\n")

    with pytest.raises(InvalidInput, match="already has a host second-a"):
        onebox.up(layout)

    assert not layout.state_dir.exists()


def test_a_user_of_that_name_who_is_no_trainee_is_refused(layout: Layout):
    theirs = layout.model_copy(update={"trainees": ("nobody",)})

    with pytest.raises(InvalidInput, match="A user nobody is on this machine"):
        onebox.up(theirs)

    assert not layout.state_dir.exists()


def test_accounts_come_to_a_running_cluster_and_go_without_a_trace(layout: Layout):
    # given a job on a cluster without accounts
    onebox.up(layout)
    job = _submit(layout, "exec sleep 300")

    # when accounts are added, their daemons crash, and a plain `up` follows
    with_accounts = layout.model_copy(update={"accounting": True})
    assert onebox.up(with_accounts).accounting == "up"
    for daemon in (accounting.slurmdbd(layout), accounting.mariadbd(layout)):
        _kill(layout, daemon)
        (layout.run_dir / f"{daemon.name}.json").unlink()
    assert onebox.status(layout).accounting == "down"
    status = onebox.up(layout)

    # then the accounts are there again, and the job goes on
    assert status.accounting == "up"
    assert _state(layout, job) == "RUNNING"
    assert "project1" in _slurm(layout, "sacctmgr", "--noheader", "show", "account")
    # and down leaves no process
    onebox.down(layout)
    assert not processes(f"{layout.state_dir}|{layout.config_dir}|{layout.munge_dir}")
    assert daemons.find(layout, accounting.slurmdbd(layout)) is None
