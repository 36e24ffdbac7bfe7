"""Our trainee versions against those that nbgrader itself makes of the same notebooks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from courses.authoring.importing.course import import_course
from courses.authoring.leaks import require_no_leaks
from courses.authoring.release import build
from hub_config.cli import onboard

pytestmark = pytest.mark.slow

# Notebooks that nbgrader's own tests are about: tasks, mark schemes, outputs, hidden tests.
MORE = (
    "preprocessors/files/test.ipynb",
    "preprocessors/files/test_taskcell.ipynb",
    "preprocessors/files/manually-graded-code-cell.ipynb",
    "apps/files/test-with-output.ipynb",
    "apps/files/test-hidden-tests.ipynb",
    "apps/files/submitted-unchanged.ipynb",
    "ui-tests/files/task.ipynb",
)


@pytest.fixture(scope="module")
def packages():
    """The folder that nbgrader is installed in, apart from the environment of the tests."""
    folder = os.environ.get("ONBOARD_NBGRADER", "")
    if not folder:
        pytest.skip("needs nbgrader, in a folder named by ONBOARD_NBGRADER: use scripts/test")
    return Path(folder)


@pytest.fixture(scope="module")
def example(packages, tmp_path_factory):
    """nbgrader's example course, and its versions for students in release/."""
    home = tmp_path_factory.mktemp("nbgrader")

    def nbgrader(folder, *arguments):
        variables = {
            "HOME": str(home),
            "PATH": os.pathsep.join((str(packages / "bin"), os.environ.get("PATH", os.defpath))),
            "PYTHONPATH": str(packages),
        }
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    nbgrader(home, "quickstart", "course101")
    course = home / "course101"
    (course / "source" / "ps2").mkdir()
    for name in MORE:
        path = packages / "nbgrader" / "tests" / name
        shutil.copyfile(path, course / "source" / "ps2" / f"{path.parts[-3]}-{path.name}")
    for assignment in ("ps1", "ps2"):
        nbgrader(course, "generate_assignment", assignment)
    return course


def content(path):
    """Return all of a notebook but its metadata and cell ids."""
    return [
        {key: value for key, value in cell.items() if key not in ("id", "metadata")}
        for cell in nbformat.read(path, as_version=4).cells
    ]


def test_the_trainee_version_of_every_notebook_is_the_one_that_nbgrader_makes(example, tmp_path):
    # given nbgrader's example, and what nbgrader makes of it for students
    theirs = sorted(path.relative_to(example / "release") for path in example.rglob("release/*/*"))
    assert len(theirs) == 3 + len(MORE)

    # when it is imported and built
    import_course(example, tmp_path / "course")
    build(tmp_path / "course", tmp_path / "built")

    # then the same files are there, each notebook is the same, and nothing leaks
    built = tmp_path / "built"
    ours = [path.relative_to(built) for path in built.rglob("*") if path.is_file()]
    assert sorted(ours) == sorted([*theirs, Path("course.toml")])
    for name in theirs:
        if name.suffix == ".ipynb":
            assert content(built / name) == content(example / "release" / name), name
    require_no_leaks(tmp_path / "course", built)


def test_the_example_passes_its_check(example, tmp_path):
    source = shutil.copytree(example / "source" / "ps1", tmp_path / "ps1")
    import_course(source, tmp_path / "course")
    result = CliRunner().invoke(onboard, ["course", "check", str(tmp_path / "course")])
    assert result.exit_code == 0, result.output
