"""One lesson: run as its author solved it, run untouched where it has exercises, and judged."""

from __future__ import annotations

import threading
from pathlib import Path

from nbformat import NotebookNode

from courses.authoring.asking import as_trainees_get_it, with_quizzes
from courses.authoring.parameter_cell import with_values
from courses.authoring.source import read, untouched_version
from courses.validation import compare, exercises, provisioner
from courses.validation import job as jobs
from courses.validation.execute import NotebookRun, Ran
from courses.validation.job import Job, Progress
from courses.validation.judge import judge
from courses.validation.record import ExerciseResult, LessonResult, Outcome, worst


class LessonRun:
    """Runs the lesson in `course_folder`, which is a scratch copy. Raises InvalidInput at once."""

    def __init__(self, job: Job, course_folder: Path) -> None:
        self._job = job
        self._path = course_folder / job.lesson.notebook
        self._source = read(self._path, job.lesson.notebook)
        self._sanitize = compare.patterns(job.course_folder)
        self._solved_notebook = with_quizzes(self._source.notebook)
        self._code = [c.id for c in self._solved_notebook.cells if c.cell_type == "code"]
        self._running: NotebookRun | None = None
        self._overdue = False

    def execute(self) -> LessonResult:
        """Run every cell, and judge. Only a fault of the tool or the machine is errored."""
        budget = self._job.lesson.budget
        watchdog = threading.Timer(budget.lesson_s, self._end)
        watchdog.daemon = True
        watchdog.start()
        try:
            solved = self._ran(self._solved())
            if solved.tool_fault:
                return jobs.errored(self._job.lesson, solved.tool_fault, detail=solved.detail)
            untouched = self._untouched(solved)
            if untouched is not None and untouched.tool_fault:
                detail = untouched.detail
                return jobs.errored(self._job.lesson, untouched.tool_fault, detail=detail)
            return self._judged(solved, untouched)
        finally:
            watchdog.cancel()

    def _end(self) -> None:
        self._overdue = True
        if self._running is not None:
            self._running.end()

    def _ran(self, run: NotebookRun) -> Ran:
        self._running = run
        if self._overdue:
            run.end()
        return run.execute()

    def _solved(self) -> NotebookRun:
        return NotebookRun(
            self._as_in_ci(self._solved_notebook),
            self._path.parent,
            self._job.run,
            self._job.lesson.budget,
            on_cell=self._tell,
        )

    def _untouched(self, solved: Ran) -> Ran | None:
        """Run what a trainee gets, where the solved lesson went well: exercises have to fail."""
        notebook = self._source.notebook
        if solved.stopped or not exercises.judges_something(notebook, solved.cells):
            return None
        run = NotebookRun(
            self._as_in_ci(as_trainees_get_it(untouched_version(self._source))),
            self._path.parent,
            self._job.run,
            self._job.lesson.budget,
            on_cell=lambda _: self._tell(self._code[-1]),
            keep_going=True,
        )
        return self._ran(run)

    def _as_in_ci(self, notebook: NotebookNode) -> NotebookNode:
        # Not as a cell of papermill's behind the author's: nothing may come from the old values.
        values = {name: one.ci for name, one in self._job.lesson.parameters.items()}
        return with_values(notebook, values) if values else notebook

    def _tell(self, cell_id: str) -> None:
        done = self._code.index(cell_id)
        progress = Progress(cell=cell_id, done=done, total=len(self._code))
        jobs.write(self._job.run / jobs.PROGRESS, progress)

    def _judged(self, solved: Ran, untouched: Ran | None) -> LessonResult:
        lesson = self._job.lesson
        found: tuple[ExerciseResult, ...] = ()
        if untouched is not None:
            found = exercises.results(self._source.notebook, solved.cells, untouched.cells)
        cells = judge(self._source, solved, found, self._sanitize, untouched)
        limits = provisioner.launch.limits if provisioner.launch else None
        return LessonResult(
            lesson=lesson.id,
            notebook=lesson.notebook,
            # A lesson without code has run when it has been read to its end.
            outcome=worst(cell.outcome for cell in cells) if cells else Outcome.PASSED,
            peak_memory_mib=solved.kept.peak_memory_mib or None,
            gpu_memory_mib=solved.kept.gpu_memory_mib,
            # One that submits jobs has to reach the scheduler.
            cut_off=solved.kept.offline if solved.cells and not lesson.needs.slurm else None,
            memory_budget_mib=limits.memory_mib if limits else None,
            budget_s=lesson.budget.lesson_s,
            cells=cells,
            exercises=found,
        )
