"""A lesson that needs a package is run where the package is, and never green where it is not."""

import pytest

from courses.authoring.manifest import load
from courses.validation import pool
from courses.validation.pool import Task
from courses.validation.record import Outcome
from spawners.errors import InvalidInput


def course_that_needs(maker, packages):
    folder = maker.lesson([maker.code("print('ran')", "ran\n")])
    manifest = folder / "course.toml"
    needs = f'needs = {{ packages = {packages}, gpu = "none" }}'
    manifest.write_text(manifest.read_text().replace('needs = { gpu = "none" }', needs))
    return folder


def validated(folder, log):
    tasks = [Task(one) for one in load(folder).lessons]
    (result,) = pool.run_lessons(tasks, folder, log)
    return result


def test_where_a_package_is_missing_the_lesson_is_not_validated_and_it_is_named(maker, log):
    folder = course_that_needs(maker, ["json", "no_such_package"])

    result = validated(folder, log)

    assert result.outcome is Outcome.NOT_VALIDATED
    assert "It needs no_such_package, which the environment " in result.message
    assert result.cells == ()
    assert log.results == [result]


def test_where_all_packages_are_there_the_lesson_runs(maker, log):
    assert validated(course_that_needs(maker, ["json", "numpy"]), log).outcome is Outcome.PASSED


@pytest.mark.parametrize("name", ["torch==2", "a-b", "torch.nn", "../x", ""])
def test_a_package_is_named_as_it_is_imported(maker, name):
    with pytest.raises(InvalidInput, match=r"needs\.packages"):
        load(course_that_needs(maker, [name]))
