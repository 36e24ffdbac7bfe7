"""A job's state in words for people."""

from __future__ import annotations

import pytest

from spawners import explain
from spawners.jobs import JobState, JobStatus


@pytest.mark.parametrize("reason", [*explain.WAITING, "AssocGrpNodeLimit", "QOSGrpGRES"])
def test_a_known_reason_is_said_without_its_code(reason: str) -> None:
    words = explain.waiting(reason)

    assert words.endswith(".")
    assert reason not in words


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert "(SomethingNew)" in explain.waiting("SomethingNew")


@pytest.mark.parametrize("state", [state for state in JobState if state.ended])
def test_every_end_has_words(state: JobState) -> None:
    assert explain.ended(JobStatus(state=state)).startswith("The ")


def test_a_missing_environment_and_a_full_quota_are_named() -> None:
    def end(code: int) -> str:
        return explain.ended(JobStatus(state=JobState.FAILED, exit_code=code))

    assert "software" in end(72)
    assert "quota" in end(73)


def test_too_much_memory_is_named_as_slurm_without_cgroups_reports_it() -> None:
    killed = JobStatus(state=JobState.FAILED, reason="JobLaunchFailure", exit_code=0)

    assert "memory" in explain.ended(killed)


def test_no_answer_is_no_end() -> None:
    assert "answer" in explain.progress(JobStatus(state=JobState.UNKNOWN))
