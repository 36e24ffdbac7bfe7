import json
import resource
from xml.etree import ElementTree as Xml

import pytest
from click.testing import CliRunner

from courses.catalogue import Catalogue
from courses.cli import course
from courses.validation.reports import files
from spawners.batch.local import LocalBatch
from spawners.errors import InvalidInput


class Site:
    """What a site lends, for one machine and a folder."""

    def __init__(self, folder, machine):
        self.folder = folder
        self._machine = machine

    def machine(self, name):
        return self._machine

    def batch(self, name):
        return LocalBatch(self.folder / "state")

    def catalogue(self, site):
        return self.folder / site

    def trusted_keys(self, site):
        return ()


@pytest.fixture
def onboard(tmp_path, machine, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def onboard(*words):
        return CliRunner().invoke(
            course, [str(word) for word in words], obj=Site(tmp_path, machine)
        )

    return onboard


@pytest.fixture
def sound(maker):
    solved = "### BEGIN SOLUTION\nsecret = 6 * 7\n### END SOLUTION\nprint(secret)"
    return maker.lesson([maker.code(solved, "42\n")])


def test_a_passing_check_exits_with_0_and_writes_both_reports(onboard, sound, tmp_path):
    result = onboard("check", sound, "--json", tmp_path / "r.json", "--junit", tmp_path / "j.xml")
    assert result.exit_code == 0, result.output
    assert "tiny 1.2.3 on here: passed" in result.output
    assert json.loads((tmp_path / "r.json").read_text())["outcome"] == "passed"
    assert Xml.parse(tmp_path / "j.xml").find(".//testcase[@name='cell']") is not None


def test_a_failing_check_writes_the_page_and_tells_github_and_gitlab(
    onboard, maker, tmp_path, monkeypatch
):
    # given a lesson that prints what GitHub would obey
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    folder = maker.lesson([maker.code("print('::error::mine')", "1\n", id="sum")])

    # when it is checked with every report that CI takes
    page, quality = tmp_path / "r.html", tmp_path / "q.json"
    result = onboard(
        "check", folder, "--html", page, "--code-quality", quality, "--annotations", "github"
    )

    # then all of them name the cell, and GitHub is told after it listens again
    assert result.exit_code == 1, result.output
    assert "sum" in page.read_text()
    (finding,) = json.loads(quality.read_text())
    assert finding["location"] == {"path": "tiny/one.ipynb", "lines": {"begin": 3}}
    stop, *printed, listen, told = [
        line for line in result.output.splitlines() if line.startswith("::")
    ]
    assert stop == f"::stop-commands::{listen.strip(':')}"
    assert printed == []
    assert told.startswith("::error file=tiny/one.ipynb,line=3,title=tiny/one%3A failed::cell sum:")


def test_a_failing_check_exits_with_1_and_names_the_place(onboard, maker):
    folder = maker.lesson([maker.code("print(2)", "1\n", id="sum")])
    result = onboard("check", folder)
    assert result.exit_code == 1
    assert f"{folder}/one.ipynb:3: cell sum: Its output is not the one stored" in result.output


def test_a_report_that_cannot_be_written_withholds_no_result(onboard, maker):
    folder = maker.lesson([maker.code("print(2)", "1\n", id="sum")])
    result = onboard("check", folder, "--html", "/dev/full")
    assert isinstance(result.exception, InvalidInput)
    assert "/dev/full: cannot be written: No space left" in result.exception.message
    assert f"{folder}/one.ipynb:3: cell sum: Its output is not the one stored" in result.output


@pytest.mark.parametrize("option", ["--json", "--junit", "--html", "--code-quality"])
def test_a_report_with_no_place_is_refused_before_a_lesson_runs(onboard, sound, tmp_path, option):
    result = onboard("check", sound, option, tmp_path / "nowhere" / "report")
    assert isinstance(result.exception, InvalidInput)
    assert "nowhere/report: cannot be written: No such file" in result.exception.message
    assert result.output == ""


def test_a_report_that_does_not_fit_leaves_no_half_of_it(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(InvalidInput, match="too large"):
            files.write("x" * 100_000, tmp_path / "report.html")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_strict_check_fails_for_what_is_not_translated(onboard, sound):
    manifest = sound / "course.toml"
    manifest.write_text(manifest.read_text().replace("licence", 'languages = ["fr"]\nlicence', 1))
    assert onboard("check", sound).exit_code == 0
    result = onboard("check", sound, "--strict")
    assert result.exit_code == 1
    assert "tiny 1.2.3 on here: passed" in result.output
    assert "course.toml: title: “Tiny” is not in fr" in result.output


def test_a_check_without_the_gpu_exits_with_3_and_runs_nothing(onboard, maker):
    folder = maker.lesson([maker.code("1")], gpu="required")
    result = onboard("check", folder)
    assert result.exit_code == 3
    assert "It needs a GPU" in result.output


def test_a_check_as_jobs_on_a_machine_without_the_environment_exits_with_2(
    onboard, sound, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    result = onboard("check", sound, "--on", "here")
    assert result.exit_code == 2, result.output
    assert "The environment is missing" in result.output


def test_a_broken_manifest_is_refused_before_anything_runs(onboard, sound):
    (sound / "course.toml").write_text("id = 3")
    result = onboard("check", sound)
    assert isinstance(result.exception, InvalidInput)


def test_publish_runs_the_course_and_publishes_it_without_solutions(onboard, sound, tmp_path):
    result = onboard("publish", sound)
    assert result.exit_code == 0, result.output
    published = Catalogue(tmp_path / "local").course("tiny")
    assert published.release in result.output
    text = (published.path / "one.ipynb").read_text()
    assert "6 * 7" not in text
    assert "YOUR CODE HERE" in text


def test_publish_says_before_it_runs_that_the_catalogue_cannot_be_written(onboard, sound, tmp_path):
    (tmp_path / "local").touch()
    result = onboard("publish", sound)
    assert f"{tmp_path}/local/tiny: cannot be written" in result.exception.message
    assert "whoever runs the site" in result.exception.hint
    assert result.output == ""


def test_publish_refuses_a_course_that_fails(onboard, maker, tmp_path):
    folder = maker.lesson([maker.code("1 / 0")])
    result = onboard("publish", folder)
    assert result.exit_code == 1
    assert "Not published" in result.output
    assert Catalogue(tmp_path / "local").courses() == ()


def test_publish_refuses_a_course_that_gives_its_solutions_away(onboard, sound, tmp_path):
    (sound / "solutions").mkdir()
    (sound / "solutions" / "one.py").write_text("6 * 7")
    result = onboard("publish", sound)
    assert isinstance(result.exception, InvalidInput)
    assert "solutions" in result.exception.message
    assert Catalogue(tmp_path / "local").courses() == ()


def test_publish_goes_by_a_record_only_for_exactly_this_content(onboard, sound, tmp_path):
    onboard("check", sound, "--json", tmp_path / "r.json")
    assert onboard("publish", sound, "--record", tmp_path / "r.json").exit_code == 0

    (sound / "notes.txt").write_text("changed")
    result = onboard("publish", sound, "--record", tmp_path / "r.json", "--site", "other")

    assert isinstance(result.exception, InvalidInput)
    assert "for other content" in result.exception.message
    assert Catalogue(tmp_path / "other").courses() == ()


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_publish_refuses_what_is_no_record(onboard, sound, tmp_path, text):
    (tmp_path / "r.json").write_text(text)
    result = onboard("publish", sound, "--record", tmp_path / "r.json")
    assert isinstance(result.exception, InvalidInput)
    assert "not a validation record" in result.exception.message


def test_a_course_that_changes_while_it_runs_has_no_record(onboard, maker, tmp_path):
    folder = maker.folder
    maker.lesson([maker.code(f"open({str(folder / 'new.txt')!r}, 'w')")])
    result = onboard("check", folder, "--json", tmp_path / "r.json")
    assert isinstance(result.exception, InvalidInput)
    assert "changed while its lessons ran" in result.exception.message
    assert not (tmp_path / "r.json").exists()
