"""The cluster's promises, each tried for real."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_cluster import Cluster, as_user, processes, until

from hub_config.onebox import cluster as onebox

pytestmark = pytest.mark.slurm

ONE, OTHER = "trainee01", "trainee02"


def _home(user: str) -> Path:
    return Path(f"/home/{user}")


@pytest.fixture
def notes() -> Iterator[Path]:
    """A file in a trainee's home that a job can write, and only that trainee can read."""
    path = _home(ONE) / ".onebox-test"
    yield path
    path.unlink(missing_ok=True)


def test_a_gpu_job_gets_its_device_from_the_scheduler(cluster: Cluster, notes: Path):
    # given a job that notes what it was given
    script = f'umask 077; printf "%s %s" "$CUDA_VISIBLE_DEVICES" "$(id -un)" > {notes}'

    # when the hub submits it for a trainee
    job = cluster.submit(ONE, script, "--partition=gpu", "--gres=gpu:1")
    cluster.wait_for(job, "")

    # then it ran as that trainee with one GPU
    device, user = notes.read_text().split()
    assert device in {"0", "1", "2", "3"}
    assert user == ONE


def test_a_job_without_a_gpu_gets_no_device(cluster: Cluster, notes: Path):
    job = cluster.submit(ONE, f"env > {notes}", "--partition=cpu")

    cluster.wait_for(job, "")

    assert f"SLURM_JOB_ID={job}" in notes.read_text()
    assert "CUDA_VISIBLE_DEVICES" not in notes.read_text()


def test_the_gpus_are_given_out_once_each_and_then_a_job_waits(cluster: Cluster):
    # given a job more than there are GPUs; somebody else may hold one of them
    wanted = ("--partition=gpu", "--gres=gpu:1", "--mem=100")
    jobs = [cluster.submit(ONE, "exec sleep 300", *wanted) for _ in range(9)]

    # when all GPUs are in use
    until(lambda: _gpus_used(cluster) == 8, "all GPUs are in use")

    # then each job has a device of its own, and the rest wait for one, the last among them
    running = [job for job in jobs if cluster.ask(job, "%T") == "RUNNING"]
    waiting = [job for job in jobs if job not in running]
    assert len({_device(cluster, job) for job in running}) == len(running) > 1
    until(lambda: cluster.ask(waiting[0], "%T %r") == "PENDING Resources", "the next one waits")
    assert cluster.ask(jobs[-1], "%T") == "PENDING"

    # and the next starts when one ends
    cluster.cancel(running[-1])
    cluster.wait_for(waiting[0], "RUNNING")


def _gpus_used(cluster: Cluster) -> int:
    return sum(node.gpus_used for node in onebox.status(cluster.layout).nodes)


def _device(cluster: Cluster, job: str) -> tuple[str, str]:
    shown = as_user(cluster.layout.hub_user, "scontrol", "--details", "show", "job", job).stdout
    line = next(line for line in shown.splitlines() if "IDX:" in line)
    return line.split("Nodes=")[1].split()[0], line.split("IDX:")[1].split(")")[0]


@pytest.mark.parametrize("script", ["exec sleep 300", "trap '' TERM; while :; do sleep 1; done"])
def test_cancel_ends_a_job_within_ten_seconds(cluster: Cluster, script: str):
    job = cluster.submit(ONE, script)
    cluster.wait_for(job, "RUNNING")

    cluster.cancel(job)

    cluster.wait_for(job, "", limit_s=10)


def test_cancel_ends_children_that_left_their_parent(cluster: Cluster):
    # given a job with a child in a session of its own, and a daemon that belongs to nobody
    marker = f"86{os.getpid()}"
    script = f"setsid sleep {marker}1 & (setsid setsid sleep {marker}2 &); exec sleep {marker}3"
    job = cluster.submit(ONE, script)
    until(lambda: len(processes(f"^sleep {marker}")) == 3, "all three run")

    # when it is cancelled
    cluster.cancel(job)
    cluster.wait_for(job, "", limit_s=10)

    # then none is left
    until(lambda: not processes(f"^sleep {marker}"), "none is left", 5)


def test_a_job_that_takes_too_much_memory_is_ended(cluster: Cluster):
    script = "exec /usr/bin/python3 -c 'import time; x = bytearray(400_000_000); time.sleep(300)'"

    job = cluster.submit(ONE, script, "--mem=100")

    cluster.wait_for(job, "RUNNING")
    cluster.wait_for(job, "", limit_s=20)


@pytest.mark.parametrize(
    "command",
    [
        ("-u", "root", "/usr/bin/sbatch", "--version"),
        ("-u", "onboard-hub", "/usr/bin/sbatch", "--version"),
        ("-u", "nobody", "/usr/bin/sbatch", "--version"),
        ("-u", ONE, "/bin/sh", "-c", "id"),
        ("-u", ONE, "/usr/bin/squeue"),
        ("-u", ONE, "-g", "root", "/usr/bin/sbatch", "--version"),
        ("-u", ONE, "-s"),
    ],
    ids=" ".join,
)
def test_the_hub_may_do_nothing_else_through_sudo(cluster: Cluster, command: tuple[str, ...]):
    answer = as_user(cluster.layout.hub_user, "sudo", "-n", *command)

    assert answer.returncode != 0
    assert answer.stdout == ""
    assert "a password is required" in answer.stderr or "not allowed" in answer.stderr


def test_a_trainee_may_do_nothing_through_sudo(cluster: Cluster):
    sudo = ("sudo", "-n", "-u", OTHER, "/usr/bin/sbatch", "--version")

    assert as_user(ONE, *sudo).returncode != 0


def test_a_token_reaches_the_job_and_nobody_else(cluster: Cluster, notes: Path):
    # given a job whose environment carries a token, and a variable that is the hub's own
    token = f"token-{os.getpid()}-{time.time_ns()}"
    env = {"JUPYTERHUB_API_TOKEN": token, "CONFIGPROXY_AUTH_TOKEN": "the-hub-s-own"}
    job = cluster.submit(ONE, f"env > {notes}.new; mv {notes}.new {notes}; sleep 300", env=env)
    until(notes.exists, "the job has its environment")

    # when another trainee looks at all that Slurm and the kernel show
    (process,) = processes(f"job0*{job}/slurm_script")
    shown = as_user(OTHER, "scontrol", "--details", "--details", "show", "job", job)
    script = as_user(OTHER, "scontrol", "write", "batch_script", job, "-")
    environment = as_user(OTHER, "cat", f"/proc/{process}/environ")
    spool = next(cluster.layout.spool_dir.glob(f"*/job*{job}/slurm_script"))
    file = as_user(OTHER, "cat", str(spool))

    # then the job has its token and not the hub's, and the other has neither it nor the script
    assert f"JUPYTERHUB_API_TOKEN={token}\n" in notes.read_text()
    assert "the-hub-s-own" not in notes.read_text()
    assert shown.returncode == 0
    assert token not in shown.stdout
    assert f"{notes}" not in shown.stdout
    assert (script.stdout, "Invalid user id" in script.stderr) == ("", True)
    assert environment.returncode != 0
    assert file.returncode != 0
    # nor does the script itself, or a command line, hold it
    assert token not in spool.read_text()
    assert not processes(token)


def test_trainees_cannot_read_each_other(cluster: Cluster):
    for path in (_home(ONE), cluster.layout.hub_home, cluster.layout.controller_dir):
        answer = as_user(OTHER, "ls", str(path))
        assert answer.returncode != 0
        assert "Permission denied" in answer.stderr
    assert as_user(ONE, "ls", str(_home(ONE))).returncode == 0


def test_one_trainee_cannot_end_the_job_of_another(cluster: Cluster):
    job = cluster.submit(ONE, "exec sleep 300")
    cluster.wait_for(job, "RUNNING")

    as_user(OTHER, "scancel", job)

    assert cluster.ask(job, "%T") == "RUNNING"


def test_the_nodes_names_lead_to_addresses_of_their_own(cluster: Cluster):
    for node in cluster.layout.nodes:
        found = as_user(ONE, "getent", "hosts", node.name).stdout.split()
        assert found == [node.address, node.name]


def test_up_on_a_ready_cluster_is_quick_and_changes_nothing(cluster: Cluster):
    # given what there is
    job = cluster.submit(ONE, "exec sleep 300")
    cluster.wait_for(job, "RUNNING")
    before = _traces(cluster)
    start = time.monotonic()

    # when it is brought up again
    status = onebox.up(cluster.layout)

    # then it took no time, and nothing is different
    assert time.monotonic() - start < 2
    assert status.ready
    assert _traces(cluster) == before
    assert cluster.ask(job, "%T") == "RUNNING"


def _traces(cluster: Cluster) -> dict[str, tuple[int, str]]:
    layout = cluster.layout
    paths = [layout.slurm_conf, layout.hosts_file, layout.sudoers_file, *layout.run_dir.iterdir()]
    return {str(path): (path.stat().st_mtime_ns, path.read_text()) for path in paths}


def test_a_trainee_may_ask_for_the_status(cluster: Cluster):
    # given a job that holds a GPU
    job = cluster.submit(ONE, "exec sleep 300", "--partition=gpu", "--gres=gpu:1", "--mem=100")
    cluster.wait_for(job, "RUNNING")

    # when somebody without rights reads what `onebox status` reads
    shown = as_user(ONE, "scontrol", "--oneliner", "--details", "show", "nodes")

    # then the answer is there, and the status says it in numbers
    assert shown.returncode == 0
    name = cluster.ask(job, "%B")
    node = next(node for node in onebox.status(cluster.layout).nodes if node.name == name)
    assert node.ready
    assert node.gpus == 4
    assert node.gpus_used >= 1
    assert node.jobs >= 1
