"""Real kernels, each lesson in processes of its own."""

import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from courses.authoring.content import content_files
from courses.authoring.manifest import load
from courses.validation import job as jobs
from courses.validation import pool, variables, world
from courses.validation.job import Job
from courses.validation.pool import How, Task
from courses.validation.record import Outcome


def lessons_of(folder, log, **how):
    course = load(folder)
    files = content_files(folder)
    tasks = [Task(one, world.files_of(course, one, files)) for one in course.lessons]
    return pool.run_lessons(tasks, folder, log, How(**how))


@pytest.fixture(params=[True, False], ids=["forked", "new-python"])
def fork(request):
    return request.param


@pytest.fixture
def run(maker, log):
    def run(*cells, how=None, **budget):
        folder = maker.lesson(cells, **budget)
        (result,) = lessons_of(folder, log, **(how or {}))
        return result

    return run


@pytest.fixture
def short_tmp(monkeypatch):
    """A temporary folder with a short name, as the usual one has: sockets go in there."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def has_ended(pid):
    # A zombie has ended; only its parent has not looked yet.
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def outcomes(result):
    return {cell.id: cell.outcome.value for cell in result.cells}


def test_a_lesson_whose_outputs_are_as_stored_passes(maker, run, log):
    (maker.folder / "data.txt").write_text("in the course")
    read = maker.code("print(open('data.txt').read())", "in the course\n", id="reads")

    result = run(maker.text("# Title"), read, maker.code("", id="empty"))

    assert result.outcome is Outcome.PASSED
    assert outcomes(result) == {"reads": "passed", "empty": "passed"}
    assert result.versions["papermill"]
    assert log.results == [result]


def test_a_broken_cell_fails_with_its_line_and_traceback_and_the_rest_did_not_run(maker, run):
    result = run(
        maker.code("x = 1", id="fine"),
        maker.code("raise ValueError(f'x is {x}')", id="broken"),
        maker.code("print('never')", id="later"),
    )
    assert result.outcome is Outcome.FAILED
    assert outcomes(result) == {"fine": "passed", "broken": "failed", "later": "not validated"}
    (broken,) = result.culprits
    assert broken.message == "ValueError: x is 1"
    assert "Traceback" in broken.detail
    assert "\x1b" not in broken.detail
    rows = (maker.folder / "one.ipynb").read_text().splitlines()
    assert '"id": "broken"' in "".join(rows[broken.line - 1 : broken.line + 6])


def test_a_killed_kernel_fails_at_its_cell_in_seconds(maker, run):
    started = time.monotonic()
    result = run(
        maker.code("import os", id="fine"),
        maker.code("os.kill(os.getpid(), 9)", id="killer"),
        maker.code("1", id="later"),
    )
    assert result.outcome is Outcome.FAILED
    assert outcomes(result)["killer"] == "failed"
    assert "kernel died" in result.culprits[0].message
    assert time.monotonic() - started < 20


def test_a_kernel_killed_in_the_last_cell_is_no_pass(maker, run):
    result = run(maker.code("import os; os._exit(0)", id="last"))
    assert (result.outcome, outcomes(result)) == (Outcome.FAILED, {"last": "failed"})


def test_an_endless_loop_fails_at_its_cell_after_the_cells_budget(maker, run):
    result = run(maker.code("while True: pass", id="loop"), cell_s=2)
    assert result.outcome is Outcome.FAILED
    assert result.culprits[0].id == "loop"
    assert result.culprits[0].message == "The cell ran longer than its budget of 2 s."


def test_a_lesson_over_its_whole_budget_fails_at_the_cell_it_was_at(maker, run):
    cells = [maker.code("import time; time.sleep(1)", id=f"nap-{n}") for n in range(20)]
    result = run(*cells, lesson_s=4)
    assert result.outcome is Outcome.FAILED
    (culprit,) = result.culprits
    assert culprit.id.startswith("nap-")
    assert "budget of 4 s" in culprit.message


def test_a_changed_output_fails_with_the_difference(maker, run):
    result = run(maker.code("print(6 * 7)", "41\n", id="answer"))
    assert result.outcome is Outcome.FAILED
    assert re.search(r"-41\n\+42", result.culprits[0].detail)


def test_an_expected_exception_passes_and_the_lesson_goes_on(maker, run):
    tagged = maker.code("1 / 0", id="tagged")
    tagged.metadata["tags"] = ["raises-exception"]
    result = run(
        tagged,
        maker.code("# NBVAL_RAISES_EXCEPTION\n1 / 0", id="by-comment"),
        maker.code("print('after')", "after\n", id="after"),
    )
    assert result.outcome is Outcome.PASSED


def test_an_unexpected_exception_after_an_expected_one_fails(maker, run):
    result = run(
        maker.code("# NBVAL_RAISES_EXCEPTION\n1 / 0", id="expected"),
        maker.code("[][0]", id="unexpected"),
    )
    assert outcomes(result) == {"expected": "passed", "unexpected": "failed"}


@pytest.mark.parametrize("how", ["tag", "comment"])
def test_a_skipped_cell_does_not_run_and_is_never_green(maker, run, how):
    cell = maker.code("raise SystemError" if how == "tag" else "# NBVAL_SKIP\nraise SystemError")
    cell.metadata["tags"] = ["skip-execution"] if how == "tag" else []
    result = run(cell)
    assert result.outcome is Outcome.NOT_VALIDATED
    assert result.culprits[0].message == "It is marked to be skipped."


def test_leaving_by_sys_exit_is_no_pass(maker, run):
    result = run(maker.code("import sys; sys.exit(0)", id="leaves"), maker.code("1", id="later"))
    assert result.outcome is Outcome.FAILED
    assert result.culprits[0].id == "leaves"


def test_a_lesson_that_kills_its_keeper_fails_and_leaves_nothing(maker, run, tmp_path):
    note = tmp_path / "pid"
    kill = f"""
import os, signal, subprocess, time
child = subprocess.Popen(["sleep", "300"], start_new_session=True)
open({str(note)!r}, "w").write(str(child.pid))
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(60)"""
    result = run(maker.code(kill, id="assassin"))
    assert result.outcome is Outcome.FAILED
    assert "kernel died" in result.culprits[0].message
    assert has_ended(int(note.read_text()))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "was killed by SIGKILL at cell here"),
        (signal.SIGSTOP, "did not end in time and was killed at cell here"),
    ],
    ids=["killed", "stopped"],
)
def test_a_worker_that_is_gone_is_errored_and_says_how_and_where(maker, log, number, words):
    # given: somebody ends, or stops, the worker of a lesson that is at its first cell
    folder = maker.lesson([maker.code("import time; time.sleep(60)", id="here")], lesson_s=5)
    done = []

    def attack(_):
        if not done:
            done.append(os.kill(worker_of(os.getpid()), number))

    log.on_cell = attack
    # when
    (result,) = lessons_of(folder, log, grace_s=2)
    # then
    assert result.outcome is Outcome.ERRORED
    assert words in result.message


def worker_of(pid):
    """Return the one process that has come from the warm process of workers."""
    (warm,) = [
        one
        for one in psutil.Process(pid).children()
        if "courses.validation.worker" in one.cmdline()
    ]
    (worker,) = warm.children()
    return worker.pid


def test_no_secret_of_the_caller_reaches_a_lesson(maker, run, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    look = "import os; print(os.environ.get('JUPYTERHUB_API_TOKEN'), os.environ['LC_ALL'])"
    assert run(maker.code(look, "None C.UTF-8\n")).outcome is Outcome.PASSED


def test_the_kernel_talks_through_sockets_in_a_private_folder(maker, run, tmp_path):
    note = tmp_path / "connection"
    look = f"""
import json, ipykernel.connect, os
info = json.loads(ipykernel.connect.get_connection_info())
mode = os.stat(os.path.dirname(info["ip"])).st_mode
open({str(note)!r}, "w").write(f"{{info['transport']}} {{mode}}")"""
    assert run(maker.code(look)).outcome is Outcome.PASSED
    transport, mode = note.read_text().split()
    assert transport == "ipc"
    assert stat.S_IMODE(int(mode)) == 0o700


def test_a_lesson_changes_nothing_in_the_course(maker, run):
    result = run(maker.code("open('made.txt', 'w').write('x'); open('course.toml', 'w')"))
    assert result.outcome is Outcome.PASSED
    assert sorted(path.name for path in maker.folder.iterdir()) == ["course.toml", "one.ipynb"]
    assert (maker.folder / "course.toml").stat().st_size > 0


@pytest.mark.parametrize("end", ["1", "os.kill(os.getppid(), 9); time.sleep(60)"])
def test_nothing_a_lesson_starts_outlives_it(maker, run, short_tmp, end):
    # given: a process that leaves its parent and its session, as a daemon does
    note = short_tmp / "pid"
    daemon = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open({str(note)!r}, "w").write(str(os.getpid()))
        os.execvp("sleep", ["sleep", "300"])
    os._exit(0)
while not os.path.exists({str(note)!r}): time.sleep(0.01)
{end}"""
    # when
    run(maker.code("# NBVAL_IGNORE_OUTPUT\n" + daemon))
    # then
    pid = int(note.read_text())
    assert has_ended(pid)
    assert not list(short_tmp.glob("onboard-*"))


def test_ctrl_c_ends_the_worker(maker, log, tmp_path):
    note = tmp_path / "pid"
    text = (
        f"import os; open({str(note)!r}, 'w').write(str(os.getpid())); import time; time.sleep(60)"
    )
    folder = maker.lesson([maker.code(text)])

    def interrupt(_):
        if note.exists() and note.read_text():
            os.kill(os.getpid(), signal.SIGINT)

    log.on_cell = interrupt
    # A test run in the background of a script inherits an interrupt that is ignored.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            lessons_of(folder, log)
    finally:
        signal.signal(signal.SIGINT, inherited)
    assert has_ended(int(note.read_text()))


def test_the_variables_kept_are_an_allow_list():
    kept = variables.kept({"PATH": "/bin", "LC_TIME": "C", "AWS_SECRET": "x", "PYTHONPATH": "x"})
    assert kept == {"PATH": "/bin", "LC_TIME": "C"}


def test_a_notebook_of_an_unknown_kernel_is_errored(maker, log):
    folder = maker.lesson([maker.code("1")])
    notebook = nbformat.read(folder / "one.ipynb", as_version=4)
    notebook.metadata["kernelspec"] = {"name": "no-such", "language": "x", "display_name": "X"}
    nbformat.write(notebook, folder / "one.ipynb")

    (result,) = lessons_of(folder, log)

    assert result.outcome is Outcome.ERRORED
    assert "no-such" in result.message


def test_a_lesson_that_submits_jobs_runs_where_other_nodes_see_it(maker, tmp_path):
    # given: a run folder whose name is too long for sockets, as in a home on a cluster
    shared = tmp_path / "a" / ("home" * 15) / "run"
    shared.mkdir(parents=True, mode=0o700)
    note = tmp_path / "where"
    maker.lesson([maker.code(f"import os; open({str(note)!r}, 'w').write(os.getcwd())")])
    lesson = load(maker.folder).lessons[0]
    needs = lesson.needs.model_copy(update={"slurm": True})
    job = Job(
        course_folder=maker.folder,
        lesson=lesson.model_copy(update={"needs": needs}),
        run=shared,
        fork=False,
    )
    jobs.write(shared / jobs.JOB, job)

    worker = (sys.executable, "-m", "courses.validation.worker", str(shared / jobs.JOB))
    subprocess.run(worker, timeout=60, check=True)

    result = jobs.read_result(shared)
    assert result is not None
    assert result.outcome is Outcome.PASSED, result.message
    assert shared in Path(note.read_text()).parents
