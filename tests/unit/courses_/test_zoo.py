"""Bad notebooks, run for real: each gets the verdict that its entry in tests/zoo names."""

from __future__ import annotations

import json
import os
import tempfile
from importlib import import_module
from pathlib import Path

import nbformat
import psutil
import pytest
from zoo.kind import PASSED, Kind, code, fits

from courses.authoring import manifest
from courses.validation.check import require_sound, validate
from courses.validation.pool import How
from spawners.errors import InvalidInput

HOUSES = ("endings", "exercises", "hanging", "network", "outputs", "resources", "surroundings")
HEALTHY = Kind("healthy", (code("fine", "print('well')", "well\n"),), outcome=PASSED)
LESSON = """
[[lessons]]
id = "{kind.name}"
title = "{kind.name}"
summary = "A bad notebook."
notebook = "{kind.name}/lesson.ipynb"
duration_minutes = 1
needs = {{ memory_mib = {kind.memory_mib}, gpu = "{kind.gpu}" }}
budget = {{ cell_s = {kind.cell_s}, lesson_s = {kind.lesson_s} }}
"""


def kinds(house: str) -> tuple[Kind, ...]:
    return (*import_module(f"zoo.{house}").KINDS, HEALTHY)


def write_course(folder: Path, kinds: tuple[Kind, ...]) -> None:
    text = (folder / "course.toml").read_text()
    (folder / "course.toml").write_text(text + "".join(LESSON.format(kind=one) for one in kinds))
    for one in kinds:
        (folder / one.name).mkdir()
        nbformat.write(one.notebook(), folder / one.name / "lesson.ipynb")
        for name, content in one.files.items():
            (folder / one.name / name).write_text(content)


def wrong_verdicts(kinds, record) -> list[str]:
    found = {one.lesson: one for one in record.lessons}
    wrong = []
    for kind in kinds:
        result = found[kind.name]
        blamed = result.culprits[0] if result.culprits else None
        said = blamed.message if blamed else result.message
        at = blamed.id if blamed else ""
        if not (
            result.outcome is kind.outcome
            and fits(kind.at, at)
            and fits(kind.says, said)
            and kind.details in (blamed.detail if blamed else result.detail)
        ):
            wrong.append(f"{kind.name}: {result.outcome.value} at {at or 'no cell'}: {said!r}")
    return wrong


def left_over(mark: str) -> list[str]:
    left = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("LC_ZOO") == mark and process.pid != os.getpid():
                left.append(f"{process.pid} {process.cmdline()}")
        except (psutil.Error, OSError):
            continue
    return left


@pytest.mark.parametrize("house", HOUSES)
@pytest.mark.parametrize(
    "fork", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["forked", "new-python"]
)
@pytest.mark.timeout(600)
def test_each_kind_gets_its_verdict_and_disturbs_nobody(
    maker, machine, log, monkeypatch, house, fork
):
    # given: a house of the zoo, with a healthy lesson in it
    mark = f"{house}-{fork}-{os.getpid()}"
    monkeypatch.setenv("ZOO_SECRET", "planted")
    monkeypatch.setenv("LC_ZOO", mark)
    write_course(maker.folder, kinds(house))
    with tempfile.TemporaryDirectory() as scratch:
        monkeypatch.setattr(tempfile, "tempdir", scratch)
        # when
        record = validate(maker.folder, machine, None, log, how=How(fork=fork))
        left = list(Path(scratch).iterdir())
    # then
    wrong = wrong_verdicts(kinds(house), record)
    assert not wrong, "\n".join(wrong)
    assert left == []
    assert left_over(mark) == []
    assert not list(maker.folder.glob("*/made.txt"))


@pytest.mark.parametrize("kind", import_module("zoo.refused").KINDS, ids=lambda kind: kind.name)
def test_a_notebook_that_is_none_is_refused_before_anything_runs(maker, kind):
    maker.lesson([])
    (maker.folder / "one.ipynb").write_text(json.dumps(kind.notebook))
    with pytest.raises(InvalidInput) as refused:
        require_sound(maker.folder, manifest.load(maker.folder))
    assert fits(f"…{kind.says}…", refused.value.message)
