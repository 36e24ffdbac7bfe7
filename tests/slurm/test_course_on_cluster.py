"""A course checked where it will be taught: every lesson a batch job on the cluster."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import tomlkit

ROOT = Path(__file__).resolve().parents[2]
ONBOARD = str(Path(sys.executable).with_name("onboard"))
LIMIT_S = 270

pytestmark = [pytest.mark.slow]


@pytest.fixture(params=["here", pytest.param("onebox", marks=pytest.mark.slurm)])
def where(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Where the lessons run: as plain processes, or as jobs of the cluster."""
    if request.param == "here":
        return ()
    request.getfixturevalue("cluster")
    return ("--on", "onebox")


def check(course: Path, where: tuple[str, ...], tmp_path: Path) -> tuple[int, dict[str, Any], str]:
    """Run `onboard course check`; return exit code, record and what it printed."""
    record = tmp_path / "record.json"
    done = subprocess.run(
        [ONBOARD, "course", "check", str(course), *where, "--json", str(record)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return done.returncode, json.loads(record.read_text(encoding="utf-8")), done.stdout


def test_the_welcome_course_passes(where: tuple[str, ...], tmp_path: Path) -> None:
    code, record, out = check(ROOT / "notebooks" / "welcome", where, tmp_path)

    on_cluster = bool(where)
    assert code == (0 if on_cluster else 3), out
    outcomes = {lesson["lesson"]: lesson["outcome"] for lesson in record["lessons"]}
    assert outcomes.pop("first-batch-job") == ("passed" if on_cluster else "not validated")
    assert set(outcomes.values()) == {"passed"}


LOOP_S = 5
BROKEN = {
    "a broken cell": ("1 / 0", "", "ZeroDivisionError"),
    "a killed kernel": ("import os; os.kill(os.getpid(), 9)", "", "ernel"),
    "an endless loop": ("while True: pass", "", f"{LOOP_S} s"),
    "another output": ("print('new')", "old\n", "new"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_copy_fails_in_the_right_cell(
    where: tuple[str, ...], tmp_path: Path, fault: str
) -> None:
    source, stored, said = BROKEN[fault]
    course = tmp_path / "course"
    shutil.copytree(ROOT / "notebooks" / "welcome", course)
    _break(course, source, stored)
    if fault == "an endless loop":
        _shorten_the_budget(course / "course.toml")

    code, record, out = check(course, where, tmp_path)

    assert code == 1, out
    outcomes = {lesson["lesson"]: lesson["outcome"] for lesson in record["lessons"]}
    outcomes.pop("first-batch-job")  # judged above, and on the cluster alone
    assert {name for name, one in outcomes.items() if one != "passed"} == {"first-speed-up"}, out
    failed = [
        cell
        for lesson in record["lessons"]
        for cell in lesson["cells"]
        if cell["outcome"] == "failed"
    ]
    assert [cell["id"] for cell in failed] == ["broken"]
    assert said in failed[0]["message"] + failed[0]["detail"]
    assert f"first-speed-up.ipynb:{failed[0]['line']}" in out.replace("\n", "")


def _break(course: Path, source: str, stored: str) -> None:
    path = course / "first-speed-up.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell(source, id="broken", execution_count=1)
    if stored:
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=stored)]
    notebook.cells.insert(1, cell)
    nbformat.write(notebook, path)


def _shorten_the_budget(manifest: Path) -> None:
    """Let a cell of the broken lesson run for LOOP_S; the other lessons keep their budgets."""
    described = tomlkit.parse(manifest.read_text(encoding="utf-8"))
    (lesson,) = (one for one in described["lessons"] if one["id"] == "first-speed-up")
    lesson["budget"]["cell_s"] = LOOP_S
    manifest.write_text(tomlkit.dumps(described), encoding="utf-8")
