"""A course is cut to what a machine can run, and to nothing less."""

import pytest

from courses.authoring.content import content_hash
from courses.authoring.manifest import load
from courses.releases.fitting import fit
from courses.validation.packages import lacking
from spawners.machine import SessionSize


@pytest.fixture
def course(maker):
    """Three lessons, of which the second needs a GPU; the data after them stays."""
    for name, gpu in (("one", "none"), ("two", "required"), ("three", "preferred")):
        maker.lesson([maker.code("1")], id=name, gpu=gpu)
    (maker.folder / "points.csv").write_text("1,2\n")
    with (maker.folder / "course.toml").open("a") as file:
        file.write('\n[lessons.parameters.epochs]\ntype = "int"\ntrainee = 9\nci = 1\n')
        file.write('\n[[data]]\npath = "points.csv"\n')
    return maker.folder


def test_what_the_machine_cannot_run_is_left_out_and_said(course, machine, tmp_path):
    before = content_hash(course)

    fitted = fit(course, machine, tmp_path / "scratch")

    found = load(fitted.folder)
    assert [one.id for one in found.lessons] == ["one", "three"]
    assert list(found.lessons[1].parameters) == ["epochs"]
    assert [one.path for one in found.data] == ["points.csv"]
    assert sorted(path.name for path in fitted.folder.iterdir()) == [
        "course.toml",
        "one.ipynb",
        "points.csv",
        "three.ipynb",
    ]
    assert [one.lesson for one in fitted.left_out] == ["two"]
    assert "a GPU" in fitted.left_out[0].message
    assert content_hash(course) == before


def test_what_the_environment_lacks_a_package_for_is_left_out_too(maker, machine, tmp_path):
    maker.lesson([maker.code("1")], id="one")
    maker.lesson([maker.code("1")], id="two")
    manifest = maker.folder / "course.toml"
    last = 'id = "two"\nneeds = { packages = ["no_such_package"], gpu = "none" }'
    text = manifest.read_text().replace('needs = { gpu = "none" }', "", 2)
    manifest.write_text(text.replace('id = "two"', last))

    fitted = fit(maker.folder, machine, tmp_path / "scratch", lacking)

    assert [one.id for one in load(fitted.folder).lessons] == ["one"]
    assert "no_such_package" in fitted.left_out[0].message


def test_the_same_course_is_cut_to_the_same_content(course, machine, tmp_path):
    first, second = (fit(course, machine, tmp_path / name).folder for name in "ab")

    assert content_hash(first) == content_hash(second)


def test_a_course_that_the_machine_can_run_is_itself(course, machine, tmp_path):
    size = SessionSize(name="gpu", title="GPU", cpus=2, memory_mib=4096, time_limit_s=3600, gpus=1)
    machine = machine.model_copy(update={"sizes": (*machine.sizes, size)})

    fitted = fit(course, machine, tmp_path / "scratch")

    assert (fitted.folder, fitted.left_out) == (course, ())


def test_a_course_of_which_nothing_can_run_is_itself_and_refused_when_published(
    maker, machine, tmp_path
):
    maker.lesson([maker.code("1")], gpu="required")

    assert fit(maker.folder, machine, tmp_path / "scratch").folder == maker.folder


def test_lessons_that_are_written_in_one_line_are_told_apart(maker, machine, tmp_path):
    maker.lesson([maker.code("1")], id="one")
    maker.lesson([maker.code("1")], id="two", gpu="required")
    one = '{{ id="{0}", title="A \\"T\\"", summary="S", notebook="{0}.ipynb", duration_minutes=5 }}'
    two = one.format("two").replace(" }", ', needs={gpu="required"} }')
    text = (maker.folder / "course.toml").read_text().partition("[[lessons]]")[0]
    (maker.folder / "course.toml").write_text(f"{text}lessons = [{one.format('one')}, {two}]\n")

    fitted = fit(maker.folder, machine, tmp_path / "scratch")

    whole, found = load(maker.folder), load(fitted.folder)
    assert found == whole.model_copy(update={"lessons": whole.lessons[:1]})
    assert [one.lesson for one in fitted.left_out] == ["two"]


def test_data_is_for_the_lessons_that_are_left(course, machine, tmp_path):
    # given data for a lesson that stays and one that goes, and data for the latter alone
    text = (course / "course.toml").read_text()
    own = '\n[[data]]\npath = "own.csv"\nlessons = ["two"]\n'
    (course / "course.toml").write_text(f'{text}lessons = ["one", "two"]\n{own}')
    (course / "own.csv").write_text("3\n")

    fitted = fit(course, machine, tmp_path / "scratch")

    found = load(fitted.folder)
    assert [(one.path, one.lessons) for one in found.data] == [("points.csv", ("one",))]
    assert [one.id for one in found.lessons] == ["one", "three"]
    assert found.lessons == tuple(one for one in load(course).lessons if one.id != "two")
    assert not (fitted.folder / "own.csv").exists()
