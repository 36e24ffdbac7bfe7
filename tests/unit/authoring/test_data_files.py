import hashlib
from pathlib import Path

import pytest

from courses.authoring.data_files import require_data
from spawners.errors import InvalidInput

SUM = hashlib.sha256(b"1,2\n").hexdigest()


@pytest.fixture
def course(tmp_path, load, changed):
    """The sound course with its data file, pinned to a sum; and its folder."""

    def course(pinned=SUM):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "points.csv").write_bytes(b"1,2\n")
        pin = f'sha256 = "{pinned}"\n' if pinned else ""
        return tmp_path, load(changed('lessons = ["one"]\n', pin))

    return course


@pytest.mark.parametrize("pinned", [SUM, ""])
def test_data_that_is_there_and_as_pinned_is_right(course, pinned):
    require_data(*course(pinned))


def test_another_content_names_the_key_and_the_right_sum(course):
    with pytest.raises(InvalidInput) as found:
        require_data(*course("0" * 64))
    assert "course.toml: data[data/points.csv].sha256: the file is another" in found.value.message
    assert f'sha256 = "{SUM}"' in found.value.message


def missing(path: Path) -> None:
    path.unlink()


def elsewhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(missing, "no such file"), (elsewhere, "leads out of the course"), (folder, "no such file")],
)
def test_data_that_is_not_there_is_named(course, spoil, said):
    at, manifest = course()
    spoil(at / "data" / "points.csv")
    with pytest.raises(InvalidInput, match=rf"data\[data/points.csv\].path: .*{said}"):
        require_data(at, manifest)
