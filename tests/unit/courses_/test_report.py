import io
import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from rich.console import Console

from courses.validation import report
from courses.validation.job import plain
from courses.validation.record import (
    CellResult,
    LessonResult,
    Outcome,
    ValidationRecord,
    worst,
)
from spawners.errors import InvalidInput

TRACE = plain("\x1b[0;31mValueError\x1b[0m: [bold] <&> \x00\x0b\ud800 \x1b]0;title\x07end")


@pytest.fixture
def record():
    cells = (
        CellResult(id="fine", line=5, outcome=Outcome.PASSED, seconds=0.5),
        CellResult(id="bad", line=12, outcome=Outcome.FAILED, message="Oh: <no>", detail=TRACE),
        CellResult(id="later", line=20, outcome=Outcome.NOT_VALIDATED, message="It did not run."),
    )
    lessons = (
        LessonResult(lesson="one", notebook="one.ipynb", outcome=Outcome.FAILED, cells=cells),
        LessonResult(
            lesson="gpu", notebook="gpu.ipynb", outcome=Outcome.NOT_VALIDATED, message="No GPU."
        ),
        LessonResult(
            lesson="lost", notebook="lost.ipynb", outcome=Outcome.ERRORED, message="Node gone."
        ),
    )
    return ValidationRecord(
        course="tiny",
        version="1.0.0",
        content_hash="a" * 64,
        machine="here",
        started_at="2026-01-01T00:00:00+00:00",
        validated_at="2026-01-01T00:01:00+00:00",
        seconds=60,
        outcome=worst(one.outcome for one in lessons),
        lessons=lessons,
    )


def test_the_terminal_report_says_which_cell_where_and_why(record):
    out = io.StringIO()
    report.show(record, Path("courses/tiny"), Console(file=out, width=80))
    text = out.getvalue()
    assert "courses/tiny/one.ipynb:12: cell bad: Oh: <no>" in text
    assert "ValueError: [bold] <&>" in text
    assert "gpu: No GPU." in text
    assert "tiny 1.0.0 on here: errored" in text
    assert "\x1b" not in text


def test_junit_parses_and_has_stable_names_and_no_codes(record, tmp_path):
    report.write_junit(record, tmp_path / "j.xml")
    text = (tmp_path / "j.xml").read_text()
    root = Xml.fromstring(text)

    assert not any(code in text for code in ("\x1b", "\x00", "&#27;"))
    found = {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in root.iter("testcase")
    }
    assert found == {
        ("tiny.one", "lesson"): [],
        ("tiny.one", "fine"): [],
        ("tiny.one", "bad"): ["failure"],
        ("tiny.one", "later"): ["skipped"],
        ("tiny.gpu", "lesson"): ["error"],
        ("tiny.lost", "lesson"): ["error"],
    }
    assert "one.ipynb:12" in root.find(".//failure").text
    assert [suite.get("failures") for suite in root] == ["1", "0", "0"]
    assert [suite.get("errors") for suite in root] == ["0", "1", "1"]


def test_the_json_is_the_record(record, tmp_path):
    report.write_json(record, tmp_path / "r.json")
    text = (tmp_path / "r.json").read_text()
    assert ValidationRecord.model_validate_json(text) == record
    assert json.loads(text)["lessons"][0]["cells"][1]["outcome"] == "failed"


def test_a_report_that_cannot_be_written_names_the_file(record, tmp_path):
    with pytest.raises(InvalidInput, match=r"no/r.json: cannot be written"):
        report.write_json(record, tmp_path / "no" / "r.json")


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
