"""The one-machine cluster, for every test that needs a real scheduler."""

import os
import pwd
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
import pytest

from hub_config.onebox import cluster as onebox
from hub_config.onebox import daemons, packages
from hub_config.onebox.layout import Layout

LIMIT_S = 30.0
LOOK_EVERY_S = 0.05


def until(ready: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> float:
    """Ask until it is so; return how long it took. The scheduler offers no event to wait for."""
    start = time.monotonic()
    while not ready():
        waited = time.monotonic() - start
        assert waited < limit_s, f"{what}: not after {waited:.1f} s"
        time.sleep(LOOK_EVERY_S)
    return time.monotonic() - start


def processes(pattern: str) -> list[str]:
    """Return the ids of the processes whose command line matches."""
    return subprocess.run(
        ["pgrep", "-f", pattern], capture_output=True, text=True, timeout=10, check=False
    ).stdout.split()


def as_user(
    user: str,
    *argv: str,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    limit_s: float = LIMIT_S,
) -> subprocess.CompletedProcess[str]:
    """Run a command as a system user, with nothing of our environment but PATH."""
    entry = pwd.getpwnam(user)
    return subprocess.run(
        argv,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": entry.pw_dir, **(env or {})},
        cwd="/",
        input=stdin,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


@dataclass
class Cluster:
    """The cluster that is up, and the jobs that the test submitted to it."""

    layout: Layout
    submitted: dict[str, str] = field(default_factory=dict)

    def submit(
        self,
        user: str,
        script: str,
        *options: str,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """Submit as the hub does: its user, through sudo, as the trainee."""
        answer = as_user(
            self.layout.hub_user,
            *("sudo", "-n", "-H", "-u", user, "--", "/usr/bin/sbatch", "--parsable"),
            *("--chdir=/", "--output=/dev/null", "--time=5", *options),
            stdin=f"#!/bin/bash\n{script}\n",
            env=env,
        )
        assert answer.returncode == 0, answer.stderr
        job = answer.stdout.strip()
        self.submitted[job] = user
        return job

    def cancel(self, job: str) -> None:
        """Cancel as the hub does."""
        sudo = ("sudo", "-n", "-H", "-u", self.submitted[job], "--", "/usr/bin/scancel", job)
        answer = as_user(self.layout.hub_user, *sudo)
        assert answer.returncode == 0, answer.stderr

    def ask(self, job: str, form: str) -> str:
        """Ask squeue for one field of a job: "" when it is no longer in the queue."""
        query = ("--noheader", "--states=pending,running,completing", f"--format={form}")
        return as_user(self.layout.hub_user, "squeue", *query, f"--jobs={job}").stdout.strip()

    def wait_for(self, job: str, state: str, limit_s: float = LIMIT_S) -> float:
        """Wait until squeue says so: RUNNING, PENDING, or "" for a job that has ended."""
        return until(lambda: self.ask(job, "%T") == state, f"job {job} {state}", limit_s)

    def root(self, *argv: str) -> str:
        """Run one of Slurm's commands as its administrator; return what it printed."""
        answer = subprocess.run(
            argv,
            env={**os.environ, **self.layout.environment},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert answer.returncode == 0, f"{argv}: {answer.stdout}{answer.stderr}"
        return answer.stdout.strip()

    def ended(self, job: str, limit_s: float = LIMIT_S) -> str:
        """Return the state that the accounting has for a job that is over."""
        query = ("sacct", "--noheader", "--parsable2", "--allocations", "--format=State")
        live = {"", "PENDING", "RUNNING", "COMPLETING"}
        until(
            lambda: self.root(*query, f"--jobs={job}") not in live,
            f"sacct knows how job {job} ended",
            limit_s,
        )
        return self.root(*query, f"--jobs={job}")

    @contextmanager
    def reservation(self, name: str, *options: str) -> Iterator[str]:
        """Reserve for the trainees, an hour from now on unless said otherwise; gone afterwards.

        `options` are scontrol's: `users=trainee01`, `nodes=gpu1`, `starttime=now+1hour`.
        """
        wanted = {"starttime": "now", "duration": "60", "flags": "ignore_jobs"}
        wanted |= dict(option.split("=", 1) for option in options)
        if "users" not in wanted and "accounts" not in wanted:
            wanted["users"] = ",".join(self.layout.trainees)
        words = [f"{key}={value}" for key, value in wanted.items()]
        self.root("scontrol", "create", f"reservation={name}", *words)
        try:
            yield name
        finally:
            for job in self.root("squeue", "--noheader", f"--reservation={name}", "--format=%i"
                                 ).split():  # fmt: skip
                self.root("scancel", job)
                until(lambda job=job: not self.ask(job, "%T"), f"job {job} is over")  # type: ignore[misc]
            self.root("scontrol", "delete", f"reservation={name}")

    @contextmanager
    def node_down(self, name: str) -> Iterator[None]:
        """Declare a node dead, which ends its jobs with NODE_FAIL; back in use afterwards."""
        # Drained as well: a dead node whose slurmd answers is taken back by itself.
        with self._node(name, "DRAIN", "DOWN"):
            yield

    @contextmanager
    def node_drained(self, name: str) -> Iterator[None]:
        """Let a node start nothing more; back in use afterwards."""
        with self._node(name, "DRAIN"):
            yield

    @contextmanager
    def _node(self, name: str, *states: str) -> Iterator[None]:
        try:
            for state in states:
                self.root("scontrol", "update", f"NodeName={name}", f"State={state}", "Reason=test")
            yield
        finally:
            onebox.up(self.layout)

    def remembered(self) -> None:
        """Wait until the controller has written down what was just submitted.

        It writes only when there is news, and may have done so already: so one job gets a mark,
        and the mark is looked for in what it wrote.
        """
        job = self.root("squeue", "--noheader", "--format=%A").split()[0]
        mark, saved = f"mark-{secrets.token_hex(8)}", self.layout.controller_dir / "job_state"
        self.root("scontrol", "update", f"JobId={job}", f"AdminComment={mark}")
        until(lambda: mark.encode() in saved.read_bytes(), "it saves its jobs")

    @contextmanager
    def controller_stopped(self, how: signal.Signals = signal.SIGSTOP) -> Iterator[None]:
        """Have no answer from the scheduler: it hangs, or, with SIGKILL, is gone; then it is back.

        A hanging controller keeps whoever asks waiting; one that is gone refuses, and has lost
        what it did not save: see `remembered`.
        """
        process = self._controller()
        process.send_signal(how)
        if how != signal.SIGSTOP:
            process.wait(10)
        try:
            yield
        finally:
            if how == signal.SIGSTOP:
                process.resume()
            onebox.up(self.layout)

    def _controller(self) -> psutil.Process:
        process = daemons.find(self.layout, daemons.slurmctld(self.layout))
        assert process is not None
        return process


@pytest.fixture(scope="session")
def cluster_layout() -> Iterator[Layout]:
    """The cluster of the site `onebox`, up; taken down afterwards unless it was up before."""
    reason = packages.unsuitable()
    if reason and os.environ.get("CI"):
        pytest.fail(f"CI must run the Slurm tests. {reason}")
    if reason:
        pytest.skip(reason)
    layout = Layout(accounting=True)
    was_up = onebox.status(layout).up
    onebox.up(layout)
    yield layout
    if not was_up:
        onebox.down(layout)


@pytest.fixture
def cluster(cluster_layout: Layout) -> Iterator[Cluster]:
    """The cluster, without jobs of an earlier test; this test's own are ended after it."""
    one = Cluster(cluster_layout)
    yield one
    for job in one.submitted:
        if one.ask(job, "%T"):
            one.cancel(job)
    for job in one.submitted:
        one.wait_for(job, "")
