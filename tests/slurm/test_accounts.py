"""Accounts, QOS, reservations and failures of the cluster: the scheduler's own words for each."""

import signal
import subprocess

import pytest
from running_cluster import Cluster, as_user, until

from hub_config.onebox import cluster as onebox
from hub_config.onebox.layout import Layout

pytestmark = pytest.mark.slurm

ONE, TWO, THREE = "trainee01", "trainee02", "trainee03"
SLEEP = "exec sleep 300"
SMALL = ("--mem=100",)
PROJECT = (*SMALL, "--account=project1")


def waits(cluster: Cluster, job: str, reason: str) -> None:
    until(lambda: cluster.ask(job, "%T %r") == f"PENDING {reason}", f"job {job}: {reason}")


def test_a_trainee_who_names_nothing_is_on_the_course_account(cluster: Cluster) -> None:
    job = cluster.submit(THREE, SLEEP)

    cluster.wait_for(job, "RUNNING")

    assert cluster.ask(job, "%a %q") == "course normal"


@pytest.mark.parametrize("user", ["root", "onboard-hub"])
def test_root_and_the_hub_may_submit_too(cluster: Cluster, user: str) -> None:
    options = ("--parsable", "--output=/dev/null", "--chdir=/", "--wrap=true")

    answer = as_user(user, "sbatch", *options)

    assert answer.returncode == 0, answer.stderr
    assert cluster.ended(answer.stdout.strip()) == "COMPLETED"


def test_one_short_session_at_a_time(cluster: Cluster) -> None:
    # given a trainee with a job of the QOS that allows one
    first, second = (cluster.submit(ONE, SLEEP, *SMALL, "--qos=short") for _ in range(2))
    other = cluster.submit(TWO, SLEEP, *SMALL, "--qos=short")

    # then the second waits for the first, and nobody else does
    cluster.wait_for(first, "RUNNING")
    cluster.wait_for(other, "RUNNING")
    waits(cluster, second, "QOSMaxJobsPerUserLimit")
    cluster.cancel(first)
    cluster.wait_for(second, "RUNNING")


def test_a_short_session_that_wants_hours_never_starts(cluster: Cluster) -> None:
    job = cluster.submit(ONE, SLEEP, "--qos=short", "--time=31")

    waits(cluster, job, "QOSMaxWallDurationPerJobLimit")


def test_a_project_runs_so_many_jobs_at_once(cluster: Cluster) -> None:
    jobs = [cluster.submit(user, SLEEP, *PROJECT) for user in (ONE, TWO, ONE)]
    for job in jobs:
        cluster.wait_for(job, "RUNNING")

    waits(cluster, cluster.submit(TWO, SLEEP, *PROJECT), "AssocGrpJobsLimit")


def test_a_project_uses_so_many_gpus_at_once(cluster: Cluster) -> None:
    gpus = (*PROJECT, "--partition=gpu")
    cluster.wait_for(cluster.submit(ONE, SLEEP, *gpus, "--gres=gpu:2"), "RUNNING")

    waits(cluster, cluster.submit(TWO, SLEEP, *gpus, "--gres=gpu:1"), "AssocGrpGRES")


@pytest.mark.parametrize(
    ("user", "option"),
    [(THREE, "--account=project1"), (THREE, "--qos=long"), (ONE, "--account=nobodys")],
)
def test_what_a_trainee_lacks_is_refused(cluster: Cluster, user: str, option: str) -> None:
    answer = as_user(user, "sbatch", "--output=/dev/null", "--chdir=/", option, "--wrap=true")

    assert answer.returncode != 0
    assert "Invalid" in answer.stderr


def test_a_project_has_a_qos_of_its_own(cluster: Cluster) -> None:
    job = cluster.submit(ONE, SLEEP, *PROJECT, "--qos=long")

    cluster.wait_for(job, "RUNNING")


def test_short_goes_before_what_waited_longer(cluster: Cluster) -> None:
    # given two waiting jobs, the second one of the QOS with priority
    with cluster.node_drained("cpu1"):
        normal = cluster.submit(ONE, SLEEP, "--partition=cpu")
        short = cluster.submit(TWO, SLEEP, "--partition=cpu", "--qos=short")

        # then it has the higher priority
        until(lambda: cluster.ask(normal, "%T") == "PENDING", "it waits")
        assert float(cluster.ask(short, "%p")) > float(cluster.ask(normal, "%p"))


def test_how_a_job_ended_is_kept(cluster: Cluster) -> None:
    failed = cluster.submit(ONE, "exit 3")
    cancelled = cluster.submit(ONE, SLEEP)
    cluster.wait_for(cancelled, "RUNNING")
    cluster.cancel(cancelled)

    assert cluster.ended(failed) == "FAILED"
    assert cluster.ended(cancelled).startswith("CANCELLED by")


def test_a_reservation_is_for_those_it_names(cluster: Cluster) -> None:
    # given a node reserved for one trainee
    with cluster.reservation("class", f"users={ONE}", "nodes=gpu1"):
        inside = cluster.submit(ONE, SLEEP, "--partition=gpu", "--reservation=class", *SMALL)
        cluster.wait_for(inside, "RUNNING")

        # then another one is refused, and waits for that node outside
        options = ("--partition=gpu", "--chdir=/", "--output=/dev/null", "--wrap=true")
        refused = as_user(TWO, "sbatch", "--reservation=class", *options)
        assert "reservation" in refused.stderr
        outside = cluster.submit(TWO, SLEEP, "--partition=gpu", "--nodelist=gpu1", *SMALL)
        until(lambda: "Reserved" in cluster.ask(outside, "%r") or "reserved"
              in cluster.ask(outside, "%r"), "it waits for what is reserved")  # fmt: skip
        assert cluster.ask(outside, "%T") == "PENDING"
    # and afterwards it is gone
    assert "class" not in cluster.root("scontrol", "--oneliner", "show", "reservation")
    cluster.wait_for(outside, "RUNNING")


def test_a_reservation_that_has_not_begun_is_waited_for(cluster: Cluster) -> None:
    with cluster.reservation("later", "starttime=now+1hour", "nodes=gpu2"):
        job = cluster.submit(ONE, SLEEP, "--partition=gpu", "--reservation=later")

        waits(cluster, job, "Reservation")


def test_a_node_that_is_declared_dead_ends_its_jobs_at_once(cluster: Cluster) -> None:
    # given a running job
    job = cluster.submit(ONE, SLEEP, "--partition=gpu", "--nodelist=gpu2")
    cluster.wait_for(job, "RUNNING")

    # when its node is lost
    with cluster.node_down("gpu2"):
        # then the scheduler says so within seconds, now and later
        cluster.wait_for(job, "", limit_s=10)
        assert "JobState=NODE_FAIL" in cluster.root("scontrol", "show", "job", job)
        assert cluster.ended(job) == "NODE_FAIL"
    assert onebox.status(cluster.layout).ready


def test_a_drained_node_starts_nothing_and_comes_back(cluster: Cluster) -> None:
    with cluster.node_drained("cpu1"):
        job = cluster.submit(ONE, SLEEP, "--partition=cpu")
        waits(cluster, job, "Nodes required for job are DOWN, DRAINED or reserved for jobs in "
                            "higher priority partitions")  # fmt: skip

    cluster.wait_for(job, "RUNNING")


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL], ids=lambda how: how.name)
def test_a_controller_that_is_gone_comes_back_with_its_jobs(
    cluster: Cluster, how: signal.Signals
) -> None:
    job = cluster.submit(ONE, SLEEP)
    cluster.wait_for(job, "RUNNING")
    cluster.remembered()

    with (
        cluster.controller_stopped(how),
        pytest.raises((subprocess.TimeoutExpired, AssertionError)),
    ):
        subprocess.run(["squeue", "--noheader"], check=True, timeout=2, capture_output=True)

    assert cluster.ask(job, "%T") == "RUNNING"


def test_a_plain_up_keeps_the_accounts(cluster: Cluster) -> None:
    job = cluster.submit(ONE, SLEEP, *PROJECT)
    cluster.wait_for(job, "RUNNING")

    status = onebox.up(Layout())

    assert status.accounting == "up"
    assert cluster.ask(job, "%T %a") == "RUNNING project1"


def test_nobody_but_root_reaches_the_database(cluster: Cluster) -> None:
    for command in (
        ("ls", str(cluster.layout.database_dir)),
        ("sacctmgr", "-i", "add", "account", "mine"),
    ):
        assert as_user(ONE, *command).returncode != 0
    assert "mine" not in cluster.root("sacctmgr", "--noheader", "show", "account")


def test_what_a_trainee_may_use_can_be_read_by_the_hub(cluster: Cluster) -> None:
    query = ("--noheader", "--parsable2", "show", "associations", "format=user,account,qos")

    shown = as_user(cluster.layout.hub_user, "sacctmgr", *query, f"users={ONE},{THREE}")

    assert set(shown.stdout.split()) == {
        f"{ONE}|course|normal,short",
        f"{ONE}|project1|long,normal",
        f"{THREE}|course|normal,short",
    }
