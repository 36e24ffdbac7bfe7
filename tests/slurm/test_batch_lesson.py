"""The lesson on batch jobs, as a trainee meets it: each answer becomes a real job."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lesson_runs import COURSE, filled, panels, run, solutions, states
from nbformat import NotebookNode
from running_cluster import Cluster, until

from courses.authoring.language import notebook_in
from courses.authoring.release import build

pytestmark = [pytest.mark.slow, pytest.mark.slurm, pytest.mark.timeout(300)]

NAME = "first-batch-job.ipynb"
ONE_CORE = """
return '''#!/bin/bash
#SBATCH --time=00:02:00
python3 darts.py 7 1000
'''
"""
SAME_DARTS = ONE_CORE.replace("#SBATCH", "#SBATCH --cpus-per-task=1 --array=1-4\\n#SBATCH", 1)
THREE_TASKS = SAME_DARTS.replace("1-4", "1-3").replace(" 7 ", " $SLURM_ARRAY_TASK_ID ")
NO_SCRIPT = "return 'python3 darts.py 7 1000'"


@pytest.fixture
def course(tmp_path: Path, cluster: Cluster) -> Path:
    """The course as trainees get it; the jobs of its lesson have ended afterwards."""
    build(COURSE, tmp_path / "built")
    return tmp_path / "built"


def trainee_version(course: Path, language: str = "en") -> NotebookNode:
    return nbformat.read(course / notebook_in(NAME, language, "en"), as_version=4)


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_solutions_are_right(
    course: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONBOARD_LANGUAGE", language)
    answers = solutions(nbformat.read(COURSE / NAME, as_version=4))

    ran = run(filled(trainee_version(course, language), answers), course)

    assert set(states(ran).values()) == {"right"}, panels(ran)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            {
                "my-first-job": ONE_CORE,
                "mend-the-job": "return script.replace('pyhton3', 'python3')",
                "job-array": THREE_TASKS,
            },
            {
                "my-first-job": "--cpus-per-task. The job did not ask for the right thing. CPUs: 1",
                "mend-the-job": "ended with an error (exit code 2)",
                "job-array": "Array tasks: 3; it should be 4.",
            },
        ),
        (
            {
                "my-first-job": NO_SCRIPT,
                "mend-the-job": "return script",
                "job-array": SAME_DARTS,
            },
            {
                "my-first-job": "Your answer should be the number that sbatch printed.",
                "mend-the-job": "ended with an error (exit code 127)",
                "job-array": "[Wrong] Each task threw other darts: Give darts.py the number",
            },
        ),
    ],
)
def test_a_typical_mistake_gets_the_words_that_help(
    course: Path, answers: dict[str, str], said: dict[str, str]
) -> None:
    ran = run(filled(trainee_version(course), answers), course)

    assert set(states(ran).values()) == {"wrong"}
    found = panels(ran)
    assert {one: found[one] for one, words in said.items() if words not in found[one]} == {}


def test_untouched_nothing_is_attempted_and_no_job_is_left(course: Path, cluster: Cluster) -> None:
    ran = run(trainee_version(course), course)

    assert set(states(ran).values()) == {"not attempted"}
    until(lambda: not cluster.root("squeue", "--noheader"), "its jobs have ended")
