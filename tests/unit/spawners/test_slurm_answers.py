"""What Slurm's commands print, read line by line; what is not known is never an end."""

from __future__ import annotations

import pytest

from spawners.batch.command import Answer
from spawners.batch.slurm_answers import (
    read_accounted,
    read_found,
    read_job,
    read_job_id,
    read_queue,
    read_waiting,
)
from spawners.errors import BatchUnavailable
from spawners.jobs import JobState, QueueSpot

RUNNING_JOB = """JobId=7 JobName=x JobState=COMPLETED
   UserId=trainee01(1001) GroupId=trainee01(1001) MCS_label=N/A
   JobState=RUNNING Reason=None Dependency=(null)
   Requeue=0 Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:0
   NodeList=gpu1
   BatchHost=gpu1
   Comment=JobState=FAILED
"""


def test_a_queue_is_read_with_state_reason_and_host() -> None:
    jobs = read_queue(
        "7|RUNNING|None|gpu1|1790000000|1790003600\n8|PENDING|Resources|n/a|1790003600|N/A\n"
    )

    assert (jobs["7"].state, jobs["7"].host, jobs["7"].reason) == (JobState.RUNNING, "gpu1", "")
    assert (jobs["8"].state, jobs["8"].host, jobs["8"].reason) == (
        JobState.PENDING,
        "",
        "Resources",
    )
    assert (jobs["7"].starts_at, jobs["7"].ends_at) == (1790000000, 1790003600)
    assert (jobs["8"].starts_at, jobs["8"].ends_at) == (1790003600, None)


def test_a_place_in_the_queue_is_by_priority_then_age_in_its_own_partition() -> None:
    spots = read_waiting("9|gpu|10\n7|gpu|10\n8|gpu|99\n5|cpu|1\ngarbage\n6|cp")

    assert {job: (one.position, one.waiting) for job, one in spots.items()} == {
        "8": (1, 3),
        "7": (2, 3),
        "9": (3, 3),
        "5": (1, 1),
    }


def test_jobs_are_found_by_our_comment_and_no_other() -> None:
    out = "7|RUNNING|ann|onboard-a-1\n8|PENDING|bob|onboard-b-1\n9|RUNNING|eve|x|onboard-a-2\n7|R"

    (found,) = read_found(out, "onboard-a-")

    assert (found.job_id, found.user, found.state) == ("7", "ann", JobState.RUNNING)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(0, "7|OUT_OF_MEMORY|0:125|gpu1\n", ""), JobState.OUT_OF_MEMORY),
        (Answer(0, "7|CANCELLED by 0|0:0|gpu1\n", ""), JobState.CANCELLED),
        (Answer(0, "70|COMPLETED|0:0|gpu1\n", ""), JobState.GONE),
        (Answer(0, "", ""), JobState.GONE),
        (Answer(1, "", "Slurm accounting storage is disabled"), JobState.GONE),
    ],
)
def test_the_accounting_tells_how_a_forgotten_job_ended(answer: Answer, state: str) -> None:
    assert read_accounted(answer, "7").state == state


@pytest.mark.parametrize(
    "line",
    [
        "",
        "7|RUNN",
        "7|RUNNING",
        "slurm_load_jobs error: x",
        "7|running|None|gpu1|1|2",
        "7|RUNNING|None|gpu1|1",
        "\0",
    ],
)
def test_half_a_line_or_garbage_says_nothing(line: str) -> None:
    assert read_queue(line) == {}


def test_a_state_that_is_new_is_unknown() -> None:
    assert read_queue("7|TELEPORTED|None|gpu1|1|2")["7"].state is JobState.UNKNOWN


def test_what_a_user_wrote_into_name_and_comment_does_not_count() -> None:
    assert read_job(Answer(0, RUNNING_JOB, "")).state is JobState.RUNNING


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(1, "", "slurm_load_jobs error: Invalid job id specified"), JobState.GONE),
        (Answer(1, "", "slurm_load_jobs error: Unable to contact slurm controller"), "unknown"),
        (Answer(1, "", "something new"), "unknown"),
        (Answer(0, "half an ans", ""), "unknown"),
    ],
)
def test_only_a_known_answer_is_an_end(answer: Answer, state: str) -> None:
    assert read_job(answer).state == state


@pytest.mark.parametrize("out", ["12\n", "12;cluster\n"])
def test_the_number_of_a_job_is_read(out: str) -> None:
    assert read_job_id(out) == "12"


@pytest.mark.parametrize("out", ["", "Submitted batch job 12", "12; rm -rf /"])
def test_another_answer_of_sbatch_is_no_number(out: str) -> None:
    with pytest.raises(BatchUnavailable):
        read_job_id(out)


def test_others_arrays_and_jobs_in_several_partitions_stand_in_the_queue_too() -> None:
    out = "9|gpu|50\n12_[3-9%2]|gpu|100\n20+1|gpu|100\n30|cpu,gpu|100\n40|gpu|PEN"

    places = read_waiting(out)

    assert places["9"] == QueueSpot(partition="gpu", position=4, waiting=4)
    assert set(places) == {"9", "30"}
