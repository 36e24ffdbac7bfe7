import asyncio
import stat
from pathlib import Path

import pytest

from courses.authoring.manifest import load
from courses.validation import job as jobs
from courses.validation import remote
from courses.validation.plan import Place, place
from courses.validation.record import LessonResult, Outcome
from spawners.batch.fake import FakeBatch
from spawners.errors import BatchUnavailable, SubmissionRejected
from spawners.jobs import JobState, Snapshot

QUICK = remote.Patience(poll_s=0.01, queue_s=0.1, silence_s=0.1, settle_s=0.1, again_s=0.05)


def job_of(spec):
    return jobs.Job.model_validate_json(Path(spec.argv[-1]).read_bytes())


class Cluster(FakeBatch):
    """A batch system whose jobs do at once what the test says."""

    def __init__(self, state=JobState.COMPLETED, *, writes=True, reason=""):
        super().__init__()
        self.first_state = state
        self.writes = writes
        self.reason = reason
        self.cancelled = []

    async def submit(self, spec, secrets):
        job_id = await super().submit(spec, secrets)
        self.set(job_id, self.first_state, host="node7", reason=self.reason)
        job = job_of(spec)
        assert (job.course_folder / job.lesson.notebook).is_file()
        if self.writes:
            result = LessonResult(
                lesson=job.lesson.id, notebook=job.lesson.notebook, outcome=Outcome.PASSED
            )
            jobs.write(job.run / jobs.RESULT, result)
        else:
            (job.run / jobs.LOG).write_text("last words")
        return job_id

    async def cancel(self, job_id, user=None):
        self.cancelled.append(job_id)
        await super().cancel(job_id, user)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def course(maker, home):
    maker.lesson([maker.code("1")], id="one")
    return maker.lesson([maker.code("1")], id="two", lesson_s=90)


@pytest.fixture
def places(course, machine):
    manifest = load(course)
    found = [place(lesson, manifest, machine) for lesson in manifest.lessons]
    assert all(isinstance(one, Place) for one in found)
    return found


async def test_each_lesson_is_a_job_and_one_query_follows_all(places, course, log, home):
    cluster = Cluster()
    results = await remote.run_lessons(places, course, cluster, log, QUICK)

    assert [one.outcome for one in results] == [Outcome.PASSED] * 2
    assert [one.lesson for one in results] == ["one", "two"]
    assert cluster.queries == 1
    assert [spec.name for spec in cluster.specs.values()] == ["check-one", "check-two"]
    spec = cluster.specs["2"]
    assert spec.argv[:3] == ("python", "-m", "courses.validation.worker")
    assert spec.size.time_limit_s == 90 + QUICK.start_s
    assert cluster.secrets == {"1": {}, "2": {}}
    assert list((home / ".cache/aifactory-onboarding/runs").iterdir()) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (JobState.NODE_FAILED, "node failed"),
        (JobState.TIMEOUT, "timeout"),
        (JobState.OUT_OF_MEMORY, "out of memory"),
        (JobState.CANCELLED, "cancelled"),
        (JobState.COMPLETED, "completed"),
        (JobState.GONE, "gone"),
    ],
)
async def test_a_job_that_twice_ends_without_a_result_is_errored(places, course, log, state, words):
    cluster = Cluster(state, writes=False)
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    assert result.outcome is Outcome.ERRORED
    assert result.attempts == 2
    assert f"Job 2 on node7 ended without a result: {words}" in result.message
    assert result.detail == "last words"


async def test_a_result_that_arrives_after_the_jobs_end_counts(places, course, log):
    cluster = Cluster(writes=False)
    calls = []

    async def snapshot(ids):
        calls.append(ids)
        if len(calls) == 3:
            run = Path(cluster.specs["1"].workdir)
            result = LessonResult(lesson="one", notebook="one.ipynb", outcome=Outcome.PASSED)
            jobs.write(run / jobs.RESULT, result)
        return Snapshot(jobs=cluster.statuses)

    cluster.snapshot = snapshot
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    assert result.outcome is Outcome.PASSED


async def test_a_full_queue_is_errored_with_its_reason_and_the_job_cancelled(places, course, log):
    cluster = Cluster(JobState.PENDING, writes=False, reason="Resources")
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    assert result.outcome is Outcome.ERRORED
    assert "still in the queue (Resources)" in result.message
    assert cluster.cancelled == ["1", "2"]


async def test_a_rejected_submission_is_errored_in_the_schedulers_words(places, course, log):
    cluster = Cluster()
    cluster.failure = SubmissionRejected("sbatch: invalid account.")
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    assert result.outcome is Outcome.ERRORED
    assert "sbatch: invalid account." in result.message


async def test_a_lost_node_costs_a_second_try_and_not_the_lesson(places, course, log):
    # given: the first job's node fails
    cluster = Cluster(JobState.NODE_FAILED, writes=False)
    submit = cluster.submit

    async def second_goes_well(spec, secrets):
        if cluster.specs:
            cluster.first_state, cluster.writes = JobState.COMPLETED, True
        return await submit(spec, secrets)

    cluster.submit = second_goes_well
    # when
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    # then
    assert (result.outcome, result.attempts) == (Outcome.PASSED, 2)


async def test_a_full_queue_at_first_is_asked_again(places, course, log):
    cluster = Cluster()
    submit, refusals = cluster.submit, [SubmissionRejected("sbatch: QOSMaxSubmitJobPerUserLimit")]

    async def refused_once(spec, secrets):
        if refusals:
            raise refusals.pop()
        return await submit(spec, secrets)

    cluster.submit = refused_once
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    assert (result.outcome, result.attempts) == (Outcome.PASSED, 2)


async def test_a_batch_system_that_falls_silent_is_errored_not_an_end(places, course, log):
    cluster = Cluster(JobState.RUNNING, writes=False)

    async def silent(ids):
        raise BatchUnavailable("no answer")

    cluster.snapshot = silent
    (result,) = await remote.run_lessons(places[:1], course, cluster, log, QUICK)
    assert result.outcome is Outcome.ERRORED
    assert "says nothing of its job" in result.message
    assert cluster.cancelled == ["1", "2"]


async def test_when_interrupted_every_job_is_cancelled(places, course, log, home):
    cluster = Cluster(JobState.RUNNING, writes=False)
    running = asyncio.Event()
    log.at = lambda lesson, where: running.set() if where == "starts" else None
    task = asyncio.create_task(remote.run_lessons(places, course, cluster, log, QUICK))
    await running.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(cluster.cancelled) == ["1", "2"]
    assert list((home / ".cache/aifactory-onboarding/runs").iterdir()) == []


def test_the_run_folder_is_private(places, course, log, home):
    cluster = Cluster()
    seen = []
    original = cluster.submit

    async def submit(spec, secrets):
        job = job_of(spec)
        seen.append((job.lesson.id, stat.S_IMODE(job.run.stat().st_mode)))
        return await original(spec, secrets)

    cluster.submit = submit
    asyncio.run(remote.run_lessons(places[:1], course, cluster, log, QUICK))
    assert seen == [("one", 0o700)]
