"""A lesson's check of a batch job, on a job that the real scheduler ran."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running_cluster import LIMIT_S, Cluster

from courses.learn import JobCheck, State
from courses.learn.checks import judge
from courses.learn.checks.base import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

Submit = Callable[..., str]


@pytest.fixture
def submit(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Submit]:
    """Submit a script as whoever runs this, in a folder of its own; return what sbatch printed."""
    for name, value in cluster.layout.environment.items():
        monkeypatch.setenv(name, value)
    said: list[str] = []

    def submit(script: str, *options: str) -> str:
        done = subprocess.run(
            ["sbatch", "--partition=cpu", "--ntasks=1", "--time=5", *options],
            input=f"#!/bin/bash\n{script}\n",
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
        return done.stdout

    yield submit
    jobs = [one.split()[-1] for one in said]
    subprocess.run(["scancel", *jobs], timeout=LIMIT_S, check=False, capture_output=True)


def found(answer: str, **wanted: object) -> Verdict:
    check = JobCheck("It ran", wait_s=LIMIT_S, **wanted)  # type: ignore[arg-type]
    (verdict,) = judge(lambda: answer, [check])
    return verdict


def test_a_job_that_asked_for_the_right_things_ended_well_and_printed(submit: Submit) -> None:
    said = submit("echo Hello from $SLURM_JOB_ID", "--cpus-per-task=2")

    verdict = found(
        said, cpus=2, nodes=1, gpus=0, time_limit_s=300, partition="cpu", printed=r"^Hello from \d+"
    )

    assert verdict.state is State.RIGHT, verdict


def test_a_job_with_other_resources_is_told_which(submit: Submit) -> None:
    said = submit("true", "--partition=gpu", "--gres=gpu:1", "--cpus-per-task=2")

    gpus = found(said, cpus=2, gpus=2)
    limit = found(said, gpus=1, time_limit_s=60)

    assert (gpus.state, limit.state) == (State.WRONG, State.WRONG)
    assert gpus.text.endswith("GPUs: 1; it should be 2.")
    assert limit.text.endswith("Time limit in seconds: 300; it should be 60.")


def test_a_job_that_failed_is_told_with_its_exit_code(submit: Submit) -> None:
    said = submit("exit 3")
    job = said.split()[-1]

    verdict = found(said)

    assert verdict.state is State.WRONG
    assert verdict.text == f"Job {job} ended with an error (exit code 3): its output says more."


def test_a_job_that_printed_something_else_is_told_where_to_look(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONBOARD_LANGUAGE", "de")
    said = submit("echo Bye")
    job = said.split()[-1]

    verdict = found(said, printed="Hello")

    assert verdict.state is State.WRONG
    assert verdict.text == (
        f"Job {job} hat nicht ausgegeben, was er sollte: Sehen Sie in slurm-{job}.out nach."
    )


def test_a_job_is_not_judged_before_its_end_and_a_cancelled_one_is(
    cluster: Cluster, submit: Submit
) -> None:
    said = submit("sleep 600")
    job = said.split()[-1]
    cluster.wait_for(job, "RUNNING")

    (early,) = judge(lambda: said, [JobCheck("It ran")])
    cluster.root("scancel", job)
    late = found(said)

    assert early.state is State.BROKEN
    assert early.text == f"Job {job} is still running: run this check again when it has ended."
    assert (late.state, late.text) == (State.WRONG, f"Job {job} was cancelled.")
