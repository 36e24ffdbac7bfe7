import pytest

from courses.authoring.manifest import load
from courses.validation.plan import Place, place
from courses.validation.record import Outcome
from spawners.machine import SessionSize


@pytest.fixture
def lesson_and_course(maker):
    course = load(maker.lesson([maker.code("1")], gpu="required"))
    return course.lessons[0], course


def test_a_lesson_that_requires_a_gpu_is_not_validated_without_one(lesson_and_course, machine):
    result = place(*lesson_and_course, machine)
    assert result.outcome is Outcome.NOT_VALIDATED
    assert "a GPU" in result.message
    assert "here" in result.message


def test_with_a_gpu_it_runs_in_the_size_that_has_one(lesson_and_course, machine):
    size = SessionSize(name="gpu", title="GPU", cpus=2, memory_mib=4096, time_limit_s=3600, gpus=1)
    machine = machine.model_copy(update={"sizes": (*machine.sizes, size)})
    found = place(*lesson_and_course, machine)
    assert isinstance(found, Place)
    assert found.size.name == "gpu"


def test_an_environment_that_is_not_there_is_not_validated(maker, machine):
    course = load(maker.lesson([maker.code("1")]))
    course = course.model_copy(update={"environment": "quantum"})
    result = place(course.lessons[0], course, machine)
    assert result.outcome is Outcome.NOT_VALIDATED
    assert "quantum" in result.message


def test_a_course_without_an_environment_gets_the_machines_first(maker, machine):
    course = load(maker.lesson([maker.code("1")]))
    first = machine.environments[0].model_copy(update={"name": "site-python"})
    found = place(course.lessons[0], course, machine.model_copy(update={"environments": (first,)}))
    assert found.environment.name == "site-python"
