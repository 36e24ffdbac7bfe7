"""No scheduler: a job is a process tree of the same user, known by pid and start time.

It outlives a hub restart. A job's folder under `state_dir` holds its script and what became of it;
`local_runner` writes there, this class reads there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets as tokens
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from spawners.errors import BatchUnavailable, SubmissionRejected
from spawners.jobs import FoundJob, JobSpec, JobState, JobStatus, QueueSpot, Snapshot
from spawners.script import render

RUNNER = "spawners.batch.local_runner"
_JOB_ID = re.compile(r"[0-9a-f]{16}")
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "CUDA_VISIBLE_DEVICES")
_START_LIMIT_S = 10.0


class LocalBatch:
    """The `Batch` protocol with this machine's own processes."""

    def __init__(self, state_dir: Path) -> None:
        self._jobs = state_dir / "jobs"
        # Children are kept only to be reaped; all that is known of a job is read from its folder.
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    async def submit(self, spec: JobSpec, secrets: Mapping[str, str]) -> str:
        """See `Batch.submit`."""
        job_id = tokens.token_hex(8)
        folder = self._jobs / job_id
        try:
            folder.mkdir(parents=True, mode=0o700)
            script = folder / "script.sh"
            script.write_text(render(spec), encoding="utf-8")
            script.chmod(0o700)
            (folder / "comment").write_text(spec.comment, encoding="utf-8")
        except OSError as error:
            raise SubmissionRejected(
                f"{folder}: cannot be written: {error.strerror}.",
                hint="Make room, or mend its mode.",
            ) from None
        env = {name: os.environ[name] for name in _KEPT if name in os.environ} | dict(secrets)
        self._children[job_id] = subprocess.Popen(  # noqa: ASYNC220  it returns at once
            [sys.executable, "-m", RUNNER, str(folder), str(spec.size.time_limit_s)],
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _write(folder / "process.json", _identity(self._children[job_id].pid))
        return job_id

    async def cancel(self, job_id: str, user: str | None = None) -> None:  # noqa: ARG002
        """See `Batch.cancel`."""
        folder = self._folder(job_id)
        process = _process(folder)
        if process is None:
            return
        (folder / "cancelled").touch()
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)

    async def snapshot(self, job_ids: Sequence[str]) -> Snapshot:
        """See `Batch.snapshot`."""
        return Snapshot(jobs={job_id: await self.outcome(job_id) for job_id in job_ids})

    async def outcome(self, job_id: str) -> JobStatus:
        """See `Batch.outcome`."""
        child = self._children.get(job_id)
        if child is not None and child.poll() is not None:
            del self._children[job_id]
        folder = self._folder(job_id)
        if not folder.is_dir():
            return JobStatus(state=JobState.GONE)
        return _end(folder) or (
            JobStatus(state=JobState.RUNNING, host="127.0.0.1")
            if _process(folder) is not None
            # The runner may have written its last word between the two looks.
            else _end(folder) or _lost(folder)
        )

    async def queue(self) -> Mapping[str, QueueSpot]:
        """See `Batch.queue`. Nothing waits here."""
        return {}

    async def find(self, comments: str) -> Sequence[FoundJob]:
        """See `Batch.find`."""
        found = []
        for note in self._jobs.glob("*/comment"):
            comment, job_id = note.read_text(encoding="utf-8"), note.parent.name
            if comment.startswith(comments):
                state = (await self.outcome(job_id)).state
                found.append(FoundJob(job_id=job_id, comment=comment, user="", state=state))
        return found

    async def end_all(self, *, limit_s: float = 15.0) -> None:
        """End every job of this state directory, and wait until each has ended."""
        ids = [path.name for path in self._jobs.glob("*") if _process(path) is not None]
        for job_id in ids:
            await self.cancel(job_id)
        async with asyncio.timeout(limit_s):
            for job_id in ids:
                while not (await self.outcome(job_id)).state.ended:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            for child in self._children.values():
                await asyncio.to_thread(child.wait)
            self._children.clear()

    def _folder(self, job_id: str) -> Path:
        if not _JOB_ID.fullmatch(job_id):
            raise BatchUnavailable(f"{job_id!r} is not a job of this machine.")
        return self._jobs / job_id


def _identity(pid: int) -> dict[str, float]:
    # A pid is used again; a pid with its start time is not.
    try:
        return {"pid": pid, "started": psutil.Process(pid).create_time()}
    except psutil.NoSuchProcess:
        return {"pid": pid, "started": 0.0}


def _process(folder: Path) -> psutil.Process | None:
    try:
        known = json.loads((folder / "process.json").read_text(encoding="utf-8"))
        process = psutil.Process(int(known["pid"]))
        same = abs(process.create_time() - known["started"]) < 1.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, KeyError, psutil.Error):
        return None


def _end(folder: Path) -> JobStatus | None:
    try:
        end = json.loads((folder / "end.json").read_text(encoding="utf-8"))
        return JobStatus(state=JobState(end["state"]), exit_code=end["exit_code"])
    except (OSError, ValueError, KeyError):
        return None


def _lost(folder: Path) -> JobStatus:
    # The runner died without a word: told to, before it could listen, or killed.
    if (folder / "cancelled").exists():
        return JobStatus(state=JobState.CANCELLED)
    return JobStatus(state=JobState.FAILED, reason="Killed")


def _write(path: Path, content: Mapping[str, float]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.replace(path)
