"""Every check type: right, wrong, not attempted, crashing; in each language.

The table has a row for each; one that is exported and has no row is a failure here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from told import Crashes, Hostile, Said, told

import courses.learn
from courses.learn import (
    ArrayCheck,
    Check,
    FrameCheck,
    FunctionCheck,
    GpuCheck,
    JobCheck,
    NumberCheck,
    PlotCheck,
    State,
    TextCheck,
)
from courses.learn.checks import judge
from courses.learn.checks.base import AnyCheck
from courses.learn.words import LANGUAGES

mpl.use("agg")

TYPE = "Your answer is of type {type}: it should be "
STOPPED = (
    "This check itself stopped with {error}. It could not deal with your answer, {answer}. If that "
    "looks right to you, the mistake is in the check, not in your work: tell your instructor."
)
DIFFERS = (
    "{count} of {size} values differ, the first at {place}: yours is {mine}, it should be "
    "{expected}."
)
VALUE: Said = ("a value of type {type}", {"type": "Crashes"})


@dataclass(frozen=True)
class Row:
    """One check; what it says to a wrong answer, to hostile objects, and when it is at fault."""

    check: AnyCheck
    right: Callable[[], object]
    wrong: Callable[[], object]
    told: tuple[Said, ...]
    hostile: Said
    broken: AnyCheck
    """The same, with a mistake of its author."""
    error: str
    """What that one stops with on the right answer."""
    shown: str | Said
    """How it names the right answer then."""
    crashing: Said | None = (STOPPED, {"error": "RuntimeError: boom", "answer": VALUE})
    hostile_state: State = State.WRONG
    crashing_state: State = State.BROKEN


def _type(name: str, kind: str) -> Said:
    return f"{TYPE}{kind}.", {"type": name}


FRAME = pd.DataFrame({"city": ["Esch"]})


def plot(xlabel: str = "time in s") -> Any:
    axes = Figure().subplots()
    axes.set(xlabel=xlabel)
    return axes


def double(x: int) -> int:
    return 2 * x


def square(x: int) -> int:
    return x * x


def tensor(kind: str) -> Any:
    return SimpleNamespace(device=SimpleNamespace(type=kind))


ROWS = {
    "Check": Row(
        Check("c", lambda value: value == 2, "Add them."),
        right=lambda: 2,
        wrong=lambda: 3,
        told=(),
        hostile=(STOPPED, {"error": "RuntimeError: boom", "answer": "<Hostile instance>"}),
        hostile_state=State.BROKEN,
        # Python's own `==` says no, and does not look at the object.
        crashing=None,
        crashing_state=State.WRONG,
        broken=Check("c", lambda value: value / 0, "Add them."),
        error="ZeroDivisionError: division by zero",
        shown="2",
    ),
    "NumberCheck": Row(
        NumberCheck("n", 3.5, "Halve it."),
        right=lambda: 3.5,
        wrong=lambda: 4,
        told=(("It is too large.", {}), ("Yours is {number}.", {"number": "4"})),
        hostile=_type("Hostile", "one number"),
        broken=NumberCheck("n", "three"),  # type: ignore[arg-type]
        error="TypeError: must be real number, not str",
        shown="3.5",
    ),
    "ArrayCheck": Row(
        ArrayCheck("a", [1, 2]),
        right=lambda: np.array([1, 2]),
        wrong=lambda: np.array([1, 3]),
        told=((DIFFERS, {"count": 1, "size": 2, "place": "[1]", "mine": 3, "expected": 2}),),
        hostile=_type("Hostile", "an array"),
        broken=ArrayCheck("a", [1, 2], dtype="no such type"),
        error="TypeError: data type 'no such type' not understood",
        shown="array([1, 2])",
    ),
    "FrameCheck": Row(
        FrameCheck("f", FRAME),
        right=lambda: FRAME.copy(),
        wrong=lambda: FRAME.rename(columns={"city": "town"}),
        told=(("There is no column {name}.", {"name": "'city'"}),),
        hostile=_type("Hostile", "a data frame"),
        crashing=_type("Crashes", "a data frame"),
        crashing_state=State.WRONG,
        broken=FrameCheck("f", 3),
        error="AttributeError: 'int' object has no attribute 'columns'",
        shown="city 0 Esch",
    ),
    "PlotCheck": Row(
        PlotCheck("p", xlabel=True),
        right=plot,
        wrong=lambda: plot(xlabel=""),
        told=(("It lacks {what}.", {"what": ("a label on the x axis", {})}),),
        hostile=_type("Hostile", "a plot"),
        broken=PlotCheck("p", data=[(1,)]),  # type: ignore[list-item]
        error="ValueError: not enough values to unpack (expected 2, got 1)",
        shown="<Axes: xlabel='time in s'>",
    ),
    "FunctionCheck": Row(
        FunctionCheck("g", double, inputs=[(2,), (3,)]),
        right=lambda: double,
        wrong=lambda: square,
        told=(
            (
                "With {call}: {said}",
                {
                    "call": "square(3)",
                    "said": (
                        "the result is {mine}; it should be {expected}.",
                        {"mine": 9, "expected": 6},
                    ),
                },
            ),
        ),
        hostile=(
            "With {call}: {said}",
            {
                "call": "Hostile(2)",
                "said": ("Your code stopped with {error}.", {"error": "RuntimeError: boom"}),
            },
        ),
        crashing=_type("Crashes", "a function"),
        crashing_state=State.WRONG,
        broken=FunctionCheck("g", lambda x: x / 0, inputs=[(2,)]),
        error="ZeroDivisionError: division by zero",
        shown=("the function {name}", {"name": "double"}),
    ),
    "TextCheck": Row(
        TextCheck("t", contains=["--gpus"]),
        right=lambda: "sbatch --gpus=1",
        wrong=lambda: "sbatch",
        told=(
            ("It lacks {text}.", {"text": "'--gpus'"}),
            ("Yours is {text}.", {"text": "'sbatch'"}),
        ),
        hostile=_type("Hostile", "a text"),
        broken=TextCheck("t", contains=[3]),  # type: ignore[list-item]
        error="TypeError: normalize() argument 2 must be str, not int",
        shown="'sbatch --gpus=1'",
    ),
    "JobCheck": Row(
        JobCheck("j", cpus=4, printed="Hello"),
        right=lambda: "Submitted batch job 42",
        wrong=lambda: "hello",
        told=(("Your answer should be the number that sbatch printed.", {}),),
        hostile=("Your answer should be the number that sbatch printed.", {}),
        broken=JobCheck("j", wait_s="long"),  # type: ignore[arg-type]
        error="TypeError: unsupported operand type(s) for +: 'float' and 'str'",
        shown="'Submitted batch job 42'",
    ),
    "GpuCheck": Row(
        GpuCheck("u"),
        right=lambda: tensor("cuda"),
        wrong=lambda: tensor("cpu"),
        told=(("It is in the memory of the CPU, not on the GPU.", {}),),
        hostile=(
            "Your answer is of type {type}: it cannot lie on a GPU.",
            {"type": "Hostile"},
        ),
        broken=GpuCheck("u", held_mib="much"),  # type: ignore[arg-type]
        error="TypeError: '<' not supported between instances of 'float' and 'str'",
        shown="namespace(dev...(type='cuda'))",
    ),
}


def test_every_check_type_that_lessons_may_import_has_a_row():
    assert set(ROWS) == {name for name in courses.learn.__all__ if name.endswith("Check")}


@pytest.fixture(autouse=True)
def a_machine(slurm, monkeypatch):
    """Slurm knows one job, which ran well; and there is a GPU."""
    slurm.says()
    slurm.output.write_text("Hello\n")
    gpus = SimpleNamespace(usable=True)
    monkeypatch.setattr("courses.learn.checks.gpu.read_gpus", lambda env: gpus)


@pytest.fixture(params=LANGUAGES)
def language(request, monkeypatch):
    monkeypatch.setenv("ONBOARD_LANGUAGE", request.param)
    return request.param


@pytest.fixture(params=ROWS.values(), ids=ROWS)
def row(request):
    return request.param


def verdict(answer: Callable[[], object], check: AnyCheck) -> tuple[State, str]:
    (found,) = judge(answer, [check])
    return found.state, found.text


def in_words(check: AnyCheck, state: State, *said: Said | None) -> list[Said | str]:
    """A wrong answer is told the author's own message first."""
    message = [check.message] if state is State.WRONG and check.message else []
    return [*message, *(one for one in said if one)]


def test_a_right_answer(row, language):
    assert verdict(row.right, row.check) == (State.RIGHT, "")


def test_a_wrong_answer(row, language):
    said = in_words(row.check, State.WRONG, *row.told)
    assert verdict(row.wrong, row.check) == (State.WRONG, told(language, *said))


def test_an_answer_that_is_not_there_yet(row, language):
    def not_yet() -> object:
        raise NotImplementedError

    missing = ("There is no {name} yet: run the cell above first.", {"name": "speed"})
    assert verdict(lambda: ..., row.check) == (State.NOT_ATTEMPTED, "")
    assert verdict(not_yet, row.check) == (State.NOT_ATTEMPTED, "")
    assert verdict(lambda: speed, row.check) == (State.NOT_ATTEMPTED, told(language, missing))  # noqa: F821


def test_an_answer_whose_own_code_raises(row, language):
    stopped = ("Your code stopped with {error}.", {"error": "ZeroDivisionError: division by zero"})
    assert verdict(lambda: 1 / 0, row.check) == (State.WRONG, told(language, stopped))


def test_an_object_that_raises_when_it_is_compared_measured_or_shown(row, language):
    said = in_words(row.check, row.hostile_state, row.hostile)
    assert verdict(Hostile, row.check) == (row.hostile_state, told(language, *said))


def test_an_object_that_raises_when_it_is_touched_at_all(row, language):
    said = in_words(row.check, row.crashing_state, row.crashing)
    assert verdict(Crashes, row.check) == (row.crashing_state, told(language, *said))


def test_a_check_that_raises_by_itself_blames_itself(row, language):
    said = (STOPPED, {"error": row.error, "answer": row.shown})
    assert verdict(row.right, row.broken) == (State.BROKEN, told(language, said))
