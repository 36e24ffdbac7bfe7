"""A batch system in memory: the public test double, driven by the test that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spawners.errors import BatchError
from spawners.jobs import FoundJob, JobSpec, JobState, JobStatus, QueueSpot, Snapshot
from spawners.script import render


class FakeBatch:
    """The `Batch` protocol with no batch system. Set `failure` to make every call raise it."""

    def __init__(self) -> None:
        self.specs: dict[str, JobSpec] = {}
        self.scripts: dict[str, str] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.statuses: dict[str, JobStatus] = {}
        self.queries = 0
        self.spots: dict[str, QueueSpot] = {}
        self.failure: BatchError | None = None
        self.first_state = JobState.PENDING

    def set(self, job_id: str, state: JobState, *, host: str = "", reason: str = "") -> None:
        """Say what becomes of a job."""
        self.statuses[job_id] = JobStatus(state=state, host=host, reason=reason)

    async def submit(self, spec: JobSpec, secrets: Mapping[str, str]) -> str:
        """See `Batch.submit`."""
        self._fail_if_told()
        job_id = str(len(self.specs) + 1)
        self.specs[job_id], self.secrets[job_id] = spec, dict(secrets)
        self.scripts[job_id] = render(spec)
        self.set(job_id, self.first_state)
        return job_id

    async def cancel(self, job_id: str, user: str | None = None) -> None:  # noqa: ARG002
        """See `Batch.cancel`."""
        self._fail_if_told()
        if job_id in self.statuses and not self.statuses[job_id].state.ended:
            self.set(job_id, JobState.CANCELLED)

    async def snapshot(self, job_ids: Sequence[str]) -> Snapshot:
        """See `Batch.snapshot`."""
        self._fail_if_told()
        self.queries += 1
        return Snapshot(jobs={one: self.statuses[one] for one in job_ids if one in self.statuses})

    async def outcome(self, job_id: str) -> JobStatus:
        """See `Batch.outcome`."""
        self._fail_if_told()
        return self.statuses.get(job_id, JobStatus(state=JobState.GONE))

    async def queue(self) -> Mapping[str, QueueSpot]:
        """See `Batch.queue`."""
        self._fail_if_told()
        return dict(self.spots)

    async def find(self, comments: str) -> Sequence[FoundJob]:
        """See `Batch.find`."""
        self._fail_if_told()
        return [
            FoundJob(
                job_id=job_id,
                comment=spec.comment,
                user=spec.user or "",
                state=self.statuses[job_id].state,
            )
            for job_id, spec in self.specs.items()
            if spec.comment.startswith(comments)
        ]

    def _fail_if_told(self) -> None:
        if self.failure is not None:
            raise self.failure
