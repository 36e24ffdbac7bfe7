"""Lessons on this computer: several at once, each in processes forked from warm ones."""

from __future__ import annotations

import contextlib
import itertools
import os
import selectors
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from courses.authoring.manifest import Lesson
from courses.validation import imports, variables
from courses.validation import job as jobs
from courses.validation.imports import KERNEL
from courses.validation.job import Job
from courses.validation.live import Watch
from courses.validation.record import LessonResult
from courses.validation.warm import Child, Warm, WarmMore, WarmProcessError, WarmRoot

GRACE_S = 90.0
"""A worker ends a lesson over budget by itself; this long it may take to start and to say so."""

_POLL_S = 0.1
_INLINE = "module://matplotlib_inline.backend_inline"
"""ipykernel says so before a lesson's first word; matplotlib reads it when it is loaded."""
_WORKER = (
    "courses.validation.worker",
    "courses.validation.lesson_run",
    "courses.validation.made_once",
)


@dataclass(frozen=True)
class Task:
    """A lesson to run, with the files it may see and the modules that it imports."""

    lesson: Lesson
    files: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()


@dataclass(frozen=True)
class How:
    """How lessons run here."""

    workers: int | None = None
    """How many at once; None is as many as this process may use processors."""
    fork: bool = True
    """Whether kernels are forked from processes that have the lessons' imports loaded."""
    grace_s: float = GRACE_S


USUAL = How()


@dataclass
class _Running:
    task: Task
    run: Path
    child: Child
    ends_at: float
    started_s: float
    cpus: int


def run_lessons(
    tasks: Sequence[Task], course_folder: Path, watch: Watch, how: How = USUAL
) -> list[LessonResult]:
    """Run the lessons and return their results, in this order; leave no process and no file."""
    if not tasks:
        return []
    lessons = [one.imports for one in tasks] if how.fork else []
    with jobs.private_folder(tempfile.gettempdir()) as folder, _Warmth(folder, lessons) as warmth:
        return _Pool(course_folder.resolve(), folder, watch, how, warmth).run(tasks)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Warmth:
    """The warm processes: one for workers, one bare one for kernels, and one for each import set.

    Those of the sets are forked from one another, and used as soon as they are ready.
    """

    def __init__(self, folder: Path, lessons: Sequence[frozenset[str]]) -> None:
        self._folder = folder
        self._wanted = imports.worth_warming(lessons)
        known = variables.kept(os.environ) | variables.private(folder)
        kernels = known | variables.threads(1) | {"MPLBACKEND": _INLINE}
        self.workers = WarmRoot(folder / "w", _WORKER, known, folder)
        self.kernels = WarmRoot(folder / "k", KERNEL, kernels, folder)
        self._more: list[WarmMore] = []
        self._starting: dict[frozenset[str], WarmMore] = {}
        self._ready: dict[frozenset[str], Warm] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for more in self._more:
            more.close()
        for root in (self.workers, self.kernels):
            root.__exit__(None, None, None)

    def begin(self) -> None:
        """Wait for the first two. Raises WarmProcessError."""
        self.kernels.begun()
        self._ready[frozenset()] = self.kernels
        self._start_more()
        self.workers.begun()

    def for_(self, wanted: frozenset[str]) -> Warm | None:
        """Return the warm process for a lesson with these imports, or None where it will be."""
        self._look()
        coming = [*self._starting, *self._wanted, *self._ready]
        return self._ready.get(imports.best_for(wanted, coming))

    def _look(self) -> None:
        for modules, warm in list(self._starting.items()):
            with contextlib.suppress(WarmProcessError):
                if not warm.ready:
                    continue
                self._ready[modules] = warm
            # One that did not come up is done without: its lessons take the next best.
            del self._starting[modules]
            self._start_more()

    def _start_more(self) -> None:
        for modules in list(self._wanted):
            if any(one < modules for one in self._starting):
                continue  # it is soon to be had for less
            self._wanted.remove(modules)
            base = self._ready[imports.best_for(modules, self._ready)]
            with contextlib.suppress(WarmProcessError):
                path = self._folder / f"k{len(self._ready) + len(self._starting)}"
                self._starting[modules] = more = base.more(path, modules)
                self._more.append(more)


class _Pool:
    def __init__(
        self, course_folder: Path, folder: Path, watch: Watch, how: How, warmth: _Warmth
    ) -> None:
        self._course_folder = course_folder
        self._folder = folder
        self._watch = watch
        self._how = how
        self._warmth = warmth
        self._slots = how.workers or processors()
        self._selector = selectors.DefaultSelector()
        self._running: list[_Running] = []
        self._results: dict[str, LessonResult] = {}
        self._numbers = itertools.count()
        self._clock = time.monotonic()

    def run(self, tasks: Sequence[Task]) -> list[LessonResult]:
        waiting = list(tasks)
        for task in waiting:
            self._watch.at(task.lesson, "waits")
        self._warmth.begin()
        try:
            while waiting or self._running:
                self._start_some(waiting)
                self._selector.select(_POLL_S)
                for one in list(self._running):
                    self._look(one)
        finally:
            self._selector.close()
            for one in self._running:
                one.child.close()
        return [self._results[one.lesson.id] for one in tasks]

    def _start_some(self, waiting: list[Task]) -> None:
        for task in list(waiting):
            free = self._slots - sum(one.cpus for one in self._running)
            cpus = min(task.lesson.needs.cpus, self._slots)
            if cpus > free or (_on_gpu(task) and any(_on_gpu(one.task) for one in self._running)):
                continue
            warm = self._warmth.for_(task.imports)
            if warm is not None:
                waiting.remove(task)
                try:
                    self._start(task, warm, cpus)
                except WarmProcessError as error:
                    self._finish(jobs.errored(task.lesson, str(error)))

    def _start(self, task: Task, warm: Warm, cpus: int) -> None:
        run = self._folder / f"r{next(self._numbers)}"
        run.mkdir(mode=0o700)
        job = Job(
            course_folder=self._course_folder,
            lesson=task.lesson,
            run=run,
            files=task.files,
            warm=warm.path,
            root=self._warmth.kernels.path,
            # Libraries count their threads when they are loaded: the warm ones have one each.
            fork=self._how.fork and task.lesson.needs.cpus == 1,
        )
        jobs.write(run / jobs.JOB, job)
        arguments = {"job_file": str(run / jobs.JOB), "log": str(run / jobs.LOG)}
        child = self._warmth.workers.ask("courses.validation.pool:work", arguments).begun()
        started_s = time.monotonic() - self._clock
        ends_at = time.monotonic() + task.lesson.budget.lesson_s + self._how.grace_s
        self._running.append(_Running(task, run, child, ends_at, started_s, cpus))
        self._selector.register(child, selectors.EVENT_READ)

    def _look(self, one: _Running) -> None:
        code = one.child.poll()
        if code is None and time.monotonic() < one.ends_at:
            self._watch.at(one.task.lesson, jobs.read_progress(one.run) or "starts")
            return
        self._selector.unregister(one.child)
        self._running.remove(one)
        one.child.close()
        # A worker that was killed has said nothing: a lesson may have, in its place.
        result = (jobs.read_result(one.run) if code == 0 else None) or _died(one, code)
        shutil.rmtree(one.run, ignore_errors=True)
        self._finish(result.model_copy(update={"started_s": round(one.started_s, 3)}))

    def _finish(self, result: LessonResult) -> None:
        self._results[result.lesson] = result
        self._watch.finished(result)


def work(job_file: str, log: str) -> None:
    """Be a worker: what the warm process calls in its child."""
    from courses.validation.worker import main
    from courses.validation.zygote import log_into

    log_into(Path(log))
    main(job_file)


def _on_gpu(task: Task) -> bool:
    # Two lessons on one GPU would be in each other's memory and time.
    return task.lesson.needs.gpu != "none"


def _died(one: _Running, code: int | None) -> LessonResult:
    if code is None:
        how = "did not end in time and was killed"
    elif code < 0:
        how = f"was killed by {signal.Signals(-code).name}"
    else:
        how = f"ended with code {code}"
    return jobs.ended_early(one.task.lesson, one.run, f"The process that ran the lesson {how}")
