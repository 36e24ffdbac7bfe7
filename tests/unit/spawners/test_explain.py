"""Where a session stands, in words for people."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from spawners import causes, explain, reasons
from spawners.explain import Explanation
from spawners.jobs import JobState, JobStatus
from spawners.standing import Cause, End, Phase, QueuePlace, Standing
from spawners.words import Words

LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
ENGLISH = Words("en", LUXEMBOURG)
LANGUAGES = ("en", "fr", "de")
NOW = 1_800_000_000.0  # 15 January 2027, 09:00 in Luxembourg

# Codes as squeue prints them, from `job_reason_codes.html` and from real sites.
FAMILIES = (
    "QOSMaxCpuPerUserLimit",
    "QOSMaxJobsPerUserLimit",
    "QOSMaxGRESPerUser",
    "QOSMaxJobsPerAccountLimit",
    "QOSMaxWallDurationPerJobLimit",
    "QOSMinGRES",
    "QOSGrpCpuLimit",
    "QOSGrpGRES",
    "QOSJobLimit",
    "AssocGrpNodeLimit",
    "AssocGrpCPUMinutesLimit",
    "AssocGrpCPURunMinutesLimit",
    "AssocMaxJobsLimit",
    "AssocMaxWallDurationPerJobLimit",
    "AssociationJobLimit",
    "ReqNodeNotAvail, UnavailableNodes:gpu[1-2]",
    "ReqNodeNotAvail, May be reserved for other job",
    "(Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions)",
    "Nodes_required_for_job_are_DOWN,_DRAINED_or_reserved_for_jobs",
    "PartitionDown",
    "PartitionInactive",
    "NodeDown",
    "launch_failed_requeued_held",
)


def queued(words: Words = ENGLISH, **job: object) -> Explanation:
    place = QueuePlace(job_id="7", **job)
    return explain.explain(Standing(phase=Phase.QUEUED, job=place, age_s=1), words, NOW)


def facts(explanation: Explanation) -> dict[str, str]:
    return {fact.name: fact.value for fact in explanation.facts}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [*reasons.codes(), *FAMILIES])
def test_a_known_reason_is_said_without_its_code(reason: str, language: str) -> None:
    said = queued(Words(language), reason=reason)

    assert said.message.endswith(".")
    assert reason not in said.message
    assert "(" not in said.message


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("Resources", "in use"),
        ("Priority", "before you"),
        ("QOSMaxJobsPerUserLimit", "one person"),
        ("QOSMaxWallDurationPerJobLimit", "more than one session"),
        ("QOSGrpGRES", "Everyone in this queue"),
        ("AssocGrpNodeLimit", "Your project uses"),
        ("AssocGrpCPURunMinutesLimit", "Your project uses"),
        ("AssocGrpCPUMinutesLimit", "used up its computing time"),
        ("AssocMaxWallDurationPerJobLimit", "your project may use for one session"),
        ("ReqNodeNotAvail, UnavailableNodes:gpu1", "out of service"),
        ("JobHeldAdmin", "operators hold it"),
    ],
)
def test_what_a_reason_means(code: str, words: str) -> None:
    assert words in queued(reason=code).message


def test_what_can_be_done_is_said_where_waiting_alone_does_not_help() -> None:
    assert queued(reason="Resources").hint == ""
    assert "choose a smaller or shorter session" in queued(reason="PartitionTimeLimit").hint
    assert "operators" in queued(reason="JobHeldAdmin").hint


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_reason_is_shown_as_it_is(language: str) -> None:
    assert "({Something} New)" in queued(Words(language), reason="{Something} New").message


def test_no_reason_yet_is_the_queue() -> None:
    assert queued().message == "Your session is in the queue."


def test_place_and_expected_start() -> None:
    said = queued(reason="Priority", position=3, waiting=7, expected_start=NOW + 5400)

    assert facts(said) == {"Your place": "3 of 7 waiting", "Expected start": "about 10:30"}


def test_place_and_expected_start_in_german() -> None:
    german = Words("de", LUXEMBOURG)

    said = queued(german, reason="Priority", position=3, waiting=7, expected_start=NOW + 5400)

    assert facts(said) == {
        "Ihr Platz": "3 von 7 Wartenden",
        "Voraussichtlicher Beginn": "gegen 10:30",
    }


def test_where_the_scheduler_does_not_say_nothing_is_promised() -> None:
    assert facts(queued(reason="Priority")) == {}
    # An estimate for what will never start is none.
    assert facts(queued(reason="PartitionTimeLimit", expected_start=NOW + 5400)) == {}


@pytest.mark.parametrize(
    ("age_s", "note"),
    [(None, ""), (30, ""), (31, "The scheduler last answered 31 s ago.")],
)
def test_an_old_answer_says_its_age(age_s: float | None, note: str) -> None:
    standing = Standing(phase=Phase.QUEUED, job=QueuePlace(job_id="7"), age_s=age_s)

    assert explain.explain(standing, ENGLISH, NOW).note == note


@pytest.mark.parametrize("phase", [Phase.QUEUED, Phase.STARTING])
def test_a_scheduler_that_does_not_answer_is_said_outright(phase: Phase) -> None:
    place = QueuePlace(job_id="7", reason="Resources", position=1, waiting=1)
    standing = Standing(phase=phase, job=place, age_s=130, scheduler_answers=False)

    said = explain.explain(standing, ENGLISH, NOW)

    assert "does not answer" in said.heading
    assert "keeps its place" in said.message
    assert said.note == "The scheduler last answered 2 min ago."
    assert said.facts == ()


@pytest.mark.parametrize("phase", list(Phase))
def test_every_phase_has_words(phase: Phase) -> None:
    said = explain.explain(Standing(phase=phase), ENGLISH, NOW)

    assert said.heading
    assert said.message


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", list(Cause))
def test_every_end_says_what_happened_and_what_to_do(cause: Cause, language: str) -> None:
    end = End(cause=cause, at=NOW)

    said = explain.explain(Standing(phase=Phase.FAILED, end=end), Words(language), NOW)

    assert said.message.endswith(".")
    assert said.hint.endswith(".")
    assert language == "en" or said.message != causes.of(cause).what


def test_an_end_comes_with_what_an_operator_asks_for() -> None:
    end = End(
        cause=Cause.FAILED,
        at=NOW - 60,
        detail="sbatch: error",
        job_id="7",
        exit_code=1,
        log=("<b>last</b>", "words"),
    )

    said = explain.explain(Standing(phase=Phase.ENDED, end=end), ENGLISH, NOW)

    assert said.heading == "Your session has ended"
    assert facts(said) == {"When": "08:59", "Job number": "7", "Exit code": "1"}
    assert said.detail == "sbatch: error"
    assert said.log == ("<b>last</b>", "words")


def test_who_cancels_a_start_is_not_told_that_it_failed() -> None:
    end = End(cause=Cause.STOPPED, at=NOW)

    said = explain.explain(Standing(phase=Phase.FAILED, end=end), ENGLISH, NOW)

    assert said.heading == "Your session has ended"


@pytest.mark.parametrize("state", [state for state in JobState if state.ended])
def test_every_end_of_a_job_has_words(state: JobState) -> None:
    assert explain.ended(JobStatus(state=state)).endswith(".")


def test_a_missing_environment_and_a_full_quota_are_named() -> None:
    def end(code: int) -> str:
        return explain.ended(JobStatus(state=JobState.FAILED, exit_code=code))

    assert "software" in end(72)
    assert "folder" in end(73)


def test_too_much_memory_is_named_as_slurm_without_cgroups_reports_it() -> None:
    killed = JobStatus(state=JobState.FAILED, reason="JobLaunchFailure", exit_code=0)

    assert "memory" in explain.ended(killed)


def test_no_answer_is_no_end() -> None:
    assert "answer" in explain.progress(JobStatus(state=JobState.UNKNOWN))
