"""docs/checks.md: each example runs, and finds what the page says."""

import re
from pathlib import Path

import pytest

import courses.learn
from courses.learn.checks import judge

PAGE = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SAID = re.compile(r"^# (\w+): (.*)$", re.MULTILINE)
CHECKS = [one for one in EXAMPLES if SAID.search(one)]


@pytest.mark.parametrize("code", CHECKS, ids=lambda code: re.findall(r"(\w*Check)\(", code)[0])
def test_each_example_of_a_check_finds_what_the_page_says(code):
    names = {}
    exec(code, names)

    (verdict,) = judge(lambda: names["answer"], [names["check"]])

    state, text = SAID.search(code).groups()
    assert (verdict.state, verdict.text) == (state.lower(), text)


@pytest.mark.parametrize("code", [one for one in EXAMPLES if one not in CHECKS])
def test_each_other_example_runs(code, shown):
    said = shown(exec, code, {})

    assert "Wrong" not in said
    assert "Not checked" not in said


def test_the_page_names_all_that_a_lesson_can_import():
    own = set(courses.learn.__all__) - {"Session", "State", "CannotTell"}

    assert [name for name in sorted(own) if f"{name}(" not in PAGE] == []


def test_each_ready_made_check_has_an_example():
    ready = {name for name in courses.learn.__all__ if name.endswith("Check")}

    assert ready == {name for code in CHECKS for name in re.findall(r"(\w*Check)\(", code)}
