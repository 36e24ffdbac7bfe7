"""The reports for people on a terminal and for programs."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from courses.validation.job import plain
from courses.validation.record import (
    CellResult,
    LessonResult,
    Outcome,
    ValidationRecord,
    worst,
)
from courses.validation.reports import files, html, terminal
from courses.validation.reports.junit import junit, write_junit
from spawners.errors import InvalidInput

HERE = Path("courses/tiny")


def shown(record, width=100):
    out = io.StringIO()
    terminal.show(record, HERE, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def cases(text):
    return {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in Xml.fromstring(text).iter("testcase")
    }


def test_the_terminal_report_says_which_cell_where_and_why(record):
    text = shown(record)
    assert "courses/tiny/one.ipynb:12: cell bad: Oh: <no>" in text
    assert "ValueError: [bold] <&>" in text
    assert "gpu: No GPU." in text
    assert "tiny 1.0.0 on here: errored" in text
    assert "\x1b" not in text


def test_the_terminal_report_has_time_and_memory_of_their_budgets_and_the_cache(record):
    lines = {line.split()[0]: line for line in shown(record).splitlines() if line.strip()}
    assert "3.5 / 60" in lines["one"]
    assert "210 / 1024" in lines["one"]
    assert lines["one"].rstrip().endswith("cell bad")
    assert "yes" in lines["old"]
    assert "yes" not in lines["one"]


def test_the_terminal_report_sums_up_without_what_the_cache_knew(record):
    assert (
        "4 lessons (1 passed, 1 failed, 1 errored, 1 not validated), 3 cells, "
        "3.5 s of work in 1 min 00 s, 1 from the cache, at most 210 MiB"
    ) in shown(record)


def test_a_lesson_cannot_say_anything_to_the_terminal(a_record):
    # given a record in which every text holds a code, as a lesson that forges its result could
    code = "\x1b]0;mine\x07\x1b[31m"
    cell = CellResult(
        id=f"a{code}", line=1, outcome=Outcome.FAILED, message=f"b{code}", detail=f"c{code}"
    )
    lesson = LessonResult(
        lesson="one", notebook="one.ipynb", outcome=Outcome.FAILED, message=code, cells=(cell,)
    )

    # then none reaches it
    assert not {"\x1b", "\x07"} & set(shown(a_record(lesson)))


def test_junit_parses_and_has_stable_names_and_no_codes(record, tmp_path):
    write_junit(record, HERE, tmp_path / "j.xml")
    text = (tmp_path / "j.xml").read_text()
    root = Xml.fromstring(text)

    assert not any(code in text for code in ("\x1b", "\x00", "&#27;"))
    assert cases(text) == {
        ("tiny.one", "lesson"): [],
        ("tiny.one", "fine"): [],
        ("tiny.one", "bad"): ["failure"],
        ("tiny.one", "later"): ["skipped"],
        ("tiny.old", "lesson"): [],
        ("tiny.gpu", "lesson"): ["error"],
        ("tiny.lost", "lesson"): ["error"],
    }
    assert "one.ipynb:12" in root.find(".//failure").text
    assert [suite.get("failures") for suite in root] == ["1", "0", "0", "0"]
    assert [suite.get("errors") for suite in root] == ["0", "0", "1", "1"]


def test_junit_names_the_file_from_the_root_of_the_repository_and_the_line(record, tmp_path):
    text = junit(record, tmp_path / "courses" / "tiny", tmp_path)
    case = Xml.fromstring(text).find(".//testcase[@name='bad']")
    assert (case.get("file"), case.get("line")) == ("courses/tiny/one.ipynb", "12")


def test_a_cell_that_is_called_lesson_has_a_case_of_its_own(a_record):
    cell = CellResult(id="lesson", line=3, outcome=Outcome.PASSED)
    lesson = LessonResult(lesson="one", notebook="one.ipynb", outcome=Outcome.PASSED, cells=(cell,))
    assert len(cases(junit(a_record(lesson), HERE, HERE))) == 2


@given(
    text=st.text(),
    whole=st.sampled_from(Outcome),
    outcomes=st.lists(st.sampled_from(Outcome), max_size=3),
)
def test_junit_is_well_formed_under_any_text_and_green_only_for_what_passed(text, whole, outcomes):
    # given a lesson with any text in every place
    cells = tuple(
        CellResult(id=f"{n}{text}", line=1, outcome=one, message=text, detail=text)
        for n, one in enumerate(outcomes)
    )
    lesson = LessonResult(
        lesson=text,
        notebook="one.ipynb",
        outcome=whole,
        message=text,
        detail=text,
        host=text,
        cells=cells,
    )
    record = ValidationRecord(
        course=text,
        version="1.0.0",
        content_hash="a" * 64,
        machine="here",
        started_at="2026-01-01T00:00:00+00:00",
        validated_at="2026-01-01T00:01:00+00:00",
        seconds=1,
        outcome=whole,
        lessons=(lesson,),
    )

    # when it is written
    suite = Xml.fromstring(junit(record, HERE, HERE)).find("testsuite")

    # then it parses, and it is red for all but a lesson that passed
    red = int(suite.get("failures")) + int(suite.get("errors"))
    assert (red == 0) == (whole is Outcome.PASSED)
    assert int(suite.get("tests")) == len(cells) + 1


def test_the_json_is_the_record(record, tmp_path):
    files.write_json(record, tmp_path / "r.json")
    text = (tmp_path / "r.json").read_text()
    assert ValidationRecord.model_validate_json(text) == record
    assert json.loads(text)["lessons"][0]["cells"][1]["outcome"] == "failed"


def test_a_report_that_cannot_be_written_names_the_file(record, tmp_path):
    with pytest.raises(InvalidInput, match=r"no/r.json: cannot be written"):
        files.write_json(record, tmp_path / "no" / "r.json")


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["passed", "passed"], 0),
        (["passed", "failed"], 1),
        (["failed", "errored", "not validated"], 2),
        (["not validated", "failed"], 1),
        (["passed", "not validated"], 3),
        ([], 3),
    ],
)
def test_the_worst_outcome_gives_the_exit_code(outcomes, code):
    assert worst(Outcome(one) for one in outcomes).exit_code == code


def test_a_flood_of_output_is_cut_in_the_middle():
    text = plain("a" * 50_000 + "the end")
    assert len(text) < 21_000
    assert text.endswith("the end")


def test_only_a_lesson_that_was_not_cut_off_from_the_network_is_said_to_be(record):
    said = "It was not cut off from the network"
    suites = Xml.fromstring(junit(record, HERE, HERE.parent))

    assert shown(record).count(said) == html.page(record, HERE).count(said) == 1
    assert f"one: {said}" in shown(record)
    found = [one.get("value") for one in suites.iter("property") if one.get("name") == "cut_off"]
    assert found == ["false", "true"]
