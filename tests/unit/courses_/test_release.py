import nbformat
import pytest

from courses.authoring.content import content_hash
from courses.authoring.release import build
from spawners.errors import InvalidInput


@pytest.fixture
def course(maker):
    solved = "### BEGIN SOLUTION\nsecret = 1\n### END SOLUTION"
    folder = maker.lesson([maker.code(solved, ""), maker.code("print(1)", "1\n", id="two")])
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2\n")
    (folder / "sanitize.cfg").write_text("regex: x\nreplace: y\n")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "one-checkpoint.ipynb").write_text("secret")
    return folder


def test_a_build_has_the_course_without_solutions_and_outputs(course, tmp_path):
    build(course, tmp_path / "built")

    files = sorted(p.relative_to(tmp_path / "built") for p in (tmp_path / "built").rglob("*.*"))
    assert [str(one) for one in files] == ["course.toml", "data/points.csv", "one.ipynb"]
    notebook = nbformat.read(tmp_path / "built" / "one.ipynb", as_version=4)
    assert "secret" not in nbformat.writes(notebook)
    assert [cell.outputs for cell in notebook.cells] == [[], []]
    assert [cell.id for cell in notebook.cells] == ["cell", "two"]


def test_a_notebook_that_is_no_lesson_is_cleared_too(course, tmp_path):
    (course / "extra.ipynb").write_text((course / "one.ipynb").read_text())
    build(course, tmp_path / "built")
    assert "secret" not in (tmp_path / "built" / "extra.ipynb").read_text()


@pytest.mark.parametrize(
    ("spec", "gets"),
    [
        ({"name": "conda-env-mine", "display_name": "Mine", "language": "python"}, "python3"),
        (None, "python3"),
        ({"name": "ir", "display_name": "R", "language": "R"}, "ir"),
    ],
)
def test_a_lesson_in_python_asks_for_the_kernel_that_sessions_have(maker, tmp_path, spec, gets):
    folder = maker.lesson([maker.code("1")])
    path = folder / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("kernelspec", None)
    if spec:
        notebook.metadata["kernelspec"] = spec
    nbformat.write(notebook, path)

    build(folder, tmp_path / "built")

    built = nbformat.read(tmp_path / "built" / "one.ipynb", as_version=4)
    assert built.metadata["kernelspec"]["name"] == gets


def test_a_build_into_a_folder_with_files_is_refused(course, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").touch()
    with pytest.raises(InvalidInput, match="not empty"):
        build(course, tmp_path / "old")


def test_a_lesson_without_its_notebook_names_the_key(course, tmp_path):
    (course / "one.ipynb").unlink()
    with pytest.raises(InvalidInput, match=r"course.toml: lesson one: .* one.ipynb"):
        build(course, tmp_path / "built")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "data" / "points.csv").write_text("1,3\n"),
        lambda folder: (folder / "data" / "points.csv").rename(folder / "data" / "p.csv"),
        lambda folder: (folder / "more.txt").touch(),
        lambda folder: (folder / "course.toml").write_text("id = 'x'"),
        lambda folder: (folder / "sanitize.cfg").unlink(),
    ],
)
def test_the_content_hash_changes_with_every_file(course, change):
    before = content_hash(course)
    change(course)
    assert content_hash(course) != before


def test_the_content_hash_ignores_caches_and_hidden_files_and_place(course, tmp_path):
    before = content_hash(course)
    (course / ".ipynb_checkpoints" / "one-checkpoint.ipynb").write_text("other")
    (course / "__pycache__").mkdir()
    (course / "__pycache__" / "helper.cpython-311.pyc").touch()
    assert content_hash(course.rename(tmp_path / "elsewhere")) == before


def test_a_link_out_of_the_course_is_refused(course):
    (course / "data" / "passwords").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="passwords: neither a file nor a folder"):
        content_hash(course)
