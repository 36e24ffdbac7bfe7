"""Code cells, plots and times: what counts, and what is said of it."""

from __future__ import annotations

import pytest
from nbval.plugin import metadata_tags

from courses.lint.colours import contrast, rgb
from courses.lint.kernel import NBVAL_TAGS
from courses.lint.pictures import NoPicture, best_contrast

from .test_rules import ROUTINE, SUM, picture, plot


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("!pip install torch", "install"),
        ("%conda install torch", "install"),
        ("import sys\n!{sys.executable} -m pip -q install torch", "install"),
        ("%%bash\nset -e\npip install torch", "install"),
        ("import subprocess\nsubprocess.run(['pip', 'install', 'torch'])", "install"),
        ("!wget https://example.org/x.csv", "download"),
        ("import os\nos.system('curl -O https://example.org')", "download"),
        ("from urllib.request import urlopen\nurlopen(address)", "download"),
        ("pd.read_csv('https://example.org/x.csv')", "download"),
        ("MNIST('data', download=True)", "download"),
        ("AutoModel.from_pretrained('bert-base')", "download"),
        ("load_dataset('imdb')", "download"),
        ("files = !ls", "shell"),
        ("%%sh\nls", "shell"),
        ("%sx ls", "shell"),
    ],
)
def test_what_needs_the_internet_or_a_shell_is_found_once(found, maker, source, rule):
    said = found(maker.code(source))
    assert [one for one in said if one in ("install", "download", "shell")] == [rule]


@pytest.mark.parametrize(
    "source",
    [
        "AutoModel.from_pretrained('model', local_files_only=True)",
        "AutoModel.from_pretrained('model')",
        "MNIST('data', download=False)",
        "settings.get('https://example.org')",
        "%timeit step()",
        "import subprocess\nsubprocess.run(['sbatch', 'job.sh'], timeout=10)",
        "this is no Python",
    ],
)
def test_what_needs_neither_is_let_be(found, maker, source):
    said = found(maker.code(source), files={"model/weights.bin": "x"})
    assert not {"install", "download", "shell"} & set(said)


def test_a_line_of_the_cell_is_named(found, maker):
    assert "line 3 of the cell: It installs" in found(maker.code("\n\n%pip install x"))["install"]


def test_a_folded_check_may_be_long(found, maker):
    cell = maker.code(ROUTINE)
    cell.metadata["jupyter"] = {"source_hidden": True}
    assert "very-long-cell" not in found(cell)


def test_a_long_cell_is_reported_once(found, maker):
    assert "long-cell" not in found(maker.code(ROUTINE))


def test_a_data_file_without_checksum_is_told_what_to_write(found, maker):
    said = found(maker.code("open('x.csv')"), files={"x.csv": "1,2\n"})
    assert f'path = "x.csv" and sha256 = "{SUM}"' in said["data-unpinned"]


def test_a_file_in_data_is_pinned_even_if_no_lesson_names_it(found):
    assert "data/x.csv is a data file" in found(files={"data/x.csv": "1"})["data-unpinned"]


def test_a_data_file_that_is_not_there_is_named_where_it_is_promised(found):
    said = found(end='[[data]]\npath = "data/x.csv"\n')
    assert said["data-changed"].startswith("course.toml:18: data-changed: There is no file data/x")


@pytest.mark.parametrize("path", ["/home/ada/x", "/Users/ada", "C:\\\\x", "~/x", "/project/p", "~"])
def test_a_path_of_one_machine_is_found(found, maker, path):
    assert "path-in-code" in found(maker.code(f"load('{path}')"))


@pytest.mark.parametrize("path", ["data/home/x", "a/project/b", "https://a.org/work/", "/", "~5 %"])
def test_what_only_looks_like_one_is_let_be(found, maker, path):
    assert "path-in-code" not in found(maker.code(f"load('{path}')"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("black", "white", 21), ("#777777", "white", 4.48), ("red", "white", 4.0), ("w", "w", 1)],
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert contrast(rgb(one), rgb(other)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    "source",
    [
        "plt.plot(x, 'y--')",
        "plt.scatter(x, y, c='#ffff00')",
        "ax.bar(x, y, color=['black', 'lightgrey'])",
        "ax.text(1, 1, 'a', color='#888888')",
        "fig, ax = plt.subplots(facecolor='black')\nax.plot(x, color='navy')",
    ],
)
def test_a_colour_that_is_hard_to_see_is_found(found, source):
    assert "colour-contrast" in found(plot(source))


@pytest.mark.parametrize(
    "source",
    [
        "ax.plot(x, color='#888888')",
        "ax.plot(x, color='none')",
        "ax.grid(color='#eeeeee')",
        "ax.set_facecolor('black')\nax.plot(x, color='yellow')",
        "ax.plot(x, color=chosen)",
        "ax.plot(x, color='no colour')",
        "ax.plot('day', 'days', data=table)",
    ],
)
def test_a_colour_that_can_be_seen_or_not_known_is_let_be(found, source):
    assert "colour-contrast" not in found(plot(source))


@pytest.mark.parametrize(
    "source", ["plt.cm.rainbow(x)", "plt.get_cmap('hsv')", "ax.imshow(x, cmap='jet_r')"]
)
def test_a_misleading_colour_map_is_found_however_it_is_named(found, source):
    assert "Use viridis or cividis" in found(plot(source))["colour-map"]


def test_colours_of_other_packages_are_let_be(found, maker):
    assert "colour-contrast" not in found(maker.code("turtle.plot(color='yellow')"))


def test_a_picture_without_a_background_is_found(found):
    assert "a transparent background" in found(picture("#00000000"))["picture-contrast"]


@pytest.mark.parametrize("png", ["", "not base64!", "iVBORw0KGgo="])
def test_what_is_no_picture_is_said_to_be_none(png):
    with pytest.raises(NoPicture):
        best_contrast(png)


def test_the_tags_are_those_that_nbval_knows():
    assert set(metadata_tags) == NBVAL_TAGS


def test_the_estimate_of_the_duration_is_in_the_finding(found, maker):
    said = found(maker.text("word " * 3600))
    assert "duration_minutes is 5; it looks like about 20 minutes." in said["duration"]


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": {"name": "julia", "display_name": "J"}}])
def test_a_kernel_that_a_session_may_not_have_is_named(found, metadata):
    assert "kernel" in found(metadata=metadata)
