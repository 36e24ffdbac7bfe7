"""What passed is remembered by all that it depends on, and by nothing else."""

from __future__ import annotations

import json
import sys
import time

import nbformat
import pytest

from courses.validation import cache
from courses.validation.cache import FolderOfResults
from courses.validation.check import validate
from courses.validation.record import LessonResult, Outcome

PASSED = LessonResult(lesson="one", notebook="one.ipynb", outcome=Outcome.PASSED)


@pytest.fixture
def results(tmp_path):
    return FolderOfResults(tmp_path / "results")


@pytest.fixture
def check(maker, machine, log, results):
    """Validate the course, and return whether each lesson was known."""

    def check(**how):
        record = validate(maker.folder, how.get("machine", machine), None, log, results=results)
        assert record.outcome is Outcome.PASSED
        return [one.cached for one in record.lessons]

    return check


@pytest.fixture
def course(maker):
    (maker.folder / "data.csv").write_text("1,2\n")
    (maker.folder / "helper.py").write_text("x = 1\n")
    maker.lesson([maker.text("Words."), maker.code("import helper", "")], id="one")
    return maker.lesson([maker.code("open('data.csv').read();", "")], id="two")


def change(course, name, edit):
    notebook = nbformat.read(course / name, as_version=4)
    edit(notebook)
    nbformat.write(notebook, course / name)


def test_what_passed_is_known_the_second_time_with_when_it_ran(course, check, maker, log):
    assert check() == [False, False]
    assert check() == [True, True]
    assert log.results[-1].ran_at


def test_a_changed_text_costs_nothing_and_moves_the_lines(course, check, maker, log):
    check()
    change(course, "one.ipynb", lambda n: n.cells[0].update(source="Many\n\nmore\n\nwords."))
    assert check() == [True, True]
    lines = (course / "one.ipynb").read_text().splitlines()
    (cell,) = next(one for one in log.results[-2:] if one.lesson == "one").cells
    assert '"id": "cell"' in "".join(lines[cell.line - 1 : cell.line + 5])


def test_a_changed_text_costs_nothing_where_papermill_noted_its_run(course, check):
    # given a notebook as papermill stores it: with metadata in every cell
    noted = {"tags": [], "papermill": {"duration": 0.002, "status": "completed"}}
    change(course, "one.ipynb", lambda n: n.cells[0].metadata.update(noted))
    check()

    # when a text of it is changed
    change(course, "one.ipynb", lambda n: n.cells[0].update(source="Other words."))

    # then nothing runs
    assert check() == [True, True]


@pytest.mark.parametrize(
    "edit",
    [
        lambda n: n.cells[1].update(source="import helper "),
        lambda n: n.cells[1].metadata.update(tags=["nbval-ignore-output"]),
        lambda n: n.cells[1].update(execution_count=7),
        lambda n: n.metadata.update(kernelspec={"name": "python3", "display_name": "P"}),
    ],
    ids=["code", "tags", "stored", "kernel"],
)
def test_a_changed_cell_runs_that_lesson_again_and_no_other(course, check, edit):
    check()
    change(course, "one.ipynb", edit)
    assert check() == [False, True]


@pytest.mark.parametrize("name", ["data.csv", "helper.py", "new.txt"])
def test_a_changed_file_beside_the_lessons_runs_them_again(course, check, name):
    check()
    (course / name).write_text("x = 2\n")
    assert check() == [False, False]


def test_data_of_another_lesson_is_not_ones_own(course, check):
    with (course / "course.toml").open("a") as file:
        file.write('\n[[data]]\npath = "data.csv"\nlessons = ["two"]\n')
    check()
    (course / "data.csv").write_text("3,4\n")
    assert check() == [True, False]


def test_another_machine_environment_or_version_of_ours_knows_nothing(
    course, check, machine, monkeypatch
):
    check()
    size = machine.sizes[0].model_copy(update={"memory_mib": 8192})
    assert check(machine=machine.model_copy(update={"sizes": (size,)})) == [False, False]
    monkeypatch.setattr(cache, "environment_lock", lambda: "another")
    assert check() == [False, False]
    monkeypatch.setattr(cache, "_engine", lambda: "newer")
    assert check() == [False, False]


def test_the_lock_of_an_environment_is_its_packages(tmp_path):
    (tmp_path / "numpy-1.0.dist-info").mkdir()
    first = cache.environment_lock((str(tmp_path),))
    (tmp_path / "numpy-1.0.dist-info").rename(tmp_path / "numpy-1.1.dist-info")
    cache.environment_lock.cache_clear()
    assert cache.environment_lock((str(tmp_path),)) != first
    assert sys.version


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERRORED, Outcome.NOT_VALIDATED])
def test_only_a_pass_is_kept(results, outcome):
    results.keep("a" * 64, PASSED.model_copy(update={"outcome": outcome}))
    assert results.find("a" * 64) is None


@pytest.mark.parametrize("content", ["", "{}", "[", '{"outcome": "passed"}', "\0"])
def test_a_damaged_entry_is_as_if_it_were_not(results, tmp_path, content):
    results.keep("a" * 64, PASSED)
    (entry,) = tmp_path.glob("results/*/*.json")
    entry.write_text(content)
    assert results.find("a" * 64) is None


def test_an_entry_that_says_failed_is_no_pass(results, tmp_path):
    results.keep("a" * 64, PASSED)
    (entry,) = tmp_path.glob("results/*/*.json")
    entry.write_text(json.dumps(json.loads(entry.read_text()) | {"outcome": "failed"}))
    assert results.find("a" * 64) is None


def test_what_nobody_asks_for_any_more_is_deleted(results, tmp_path):
    import os

    results.keep("a" * 64, PASSED)
    results.keep("b" * 64, PASSED)
    old = time.time() - 100 * 86400
    os.utime(next(tmp_path.glob("results/aa/*.json")), (old, old))
    results.prune()
    assert results.find("a" * 64) is None
    assert results.find("b" * 64)


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(maker, machine, log, tmp_path):
    (tmp_path / "file").write_text("")
    folder = maker.lesson([maker.code("1")])
    record = validate(folder, machine, None, log, results=FolderOfResults(tmp_path / "file" / "x"))
    assert record.outcome is Outcome.PASSED
