"""Data frames of pandas: columns, their types, rows, and where the values differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courses.learn.checks.base import wrong
from courses.learn.checks.blame import show
from courses.learn.words import say


@dataclass(frozen=True)
class FrameCheck:
    """The answer is a data frame with what is given of columns, types, number of rows, and values.

    `expected` is a whole data frame: its columns in any order, its rows in theirs, whatever the
    index. `dtypes` says the types by column, such as {"year": "int64"}. `relative` is the
    tolerance of numbers, as a part of the expected.
    """

    name: str
    expected: Any = None
    message: str = ""
    columns: Sequence[str] | None = None
    dtypes: Mapping[str, str] | None = None
    rows: int | None = None
    relative: float = 1e-9

    def test(self, answer: Any) -> bool:  # noqa: ANN401
        """Compare. Raises AssertionError with the first thing that differs."""
        kind = type(answer)
        if kind.__name__ != "DataFrame" or not hasattr(answer, "dtypes"):
            raise wrong(
                "Your answer is of type {type}: it should be a data frame.", type=kind.__name__
            )
        whole = self.expected
        columns = (
            list(whole.columns) if self.columns is None and whole is not None else self.columns
        )
        rows = len(whole) if self.rows is None and whole is not None else self.rows
        said = (
            _columns(answer, columns)
            or _dtypes(answer, self.dtypes or {})
            or _rows(answer, rows)
            or (_values(answer, whole, self.relative) if whole is not None else "")
        )
        if said:
            raise AssertionError(said)
        return True


def _columns(frame: Any, wanted: Sequence[str] | None) -> str:  # noqa: ANN401
    found = list(frame.columns)
    missing = [one for one in wanted or () if one not in found]
    if missing:
        return say("There is no column {name}.", name=show(missing[0]))
    twice = [one for one in found if found.count(one) > 1]
    if twice:
        return say("The column {name} is there more than once.", name=show(twice[0]))
    extra = [one for one in found if wanted is not None and one not in wanted]
    return say("There should be no column {name}.", name=show(extra[0])) if extra else ""


def _dtypes(frame: Any, wanted: Mapping[str, str]) -> str:  # noqa: ANN401
    for column, dtype in wanted.items():
        if missing := _columns(frame, [*frame.columns, column]):
            return missing
        if str(frame.dtypes[column]) != dtype:
            return say(
                "Column {name} is of type {mine}; it should be {expected}.",
                name=show(column),
                mine=frame.dtypes[column],
                expected=dtype,
            )
    return ""


def _rows(frame: Any, wanted: int | None) -> str:  # noqa: ANN401
    if wanted is None or len(frame) == wanted:
        return ""
    return say("It has {mine} rows; it should have {expected}.", mine=len(frame), expected=wanted)


def _values(frame: Any, wanted: Any, relative: float) -> str:  # noqa: ANN401
    for column in wanted.columns:
        pairs = zip(frame[column].tolist(), wanted[column].tolist(), strict=True)
        for row, (mine, expected) in enumerate(pairs):
            if not _same(mine, expected, relative):
                return say(
                    "Column {name} differs first in row {row} (the first is 0): yours is {mine}, "
                    "it should be {expected}.",
                    name=show(column),
                    row=row,
                    mine=show(mine),
                    expected=show(expected),
                )
    return ""


def _same(mine: Any, expected: Any, relative: float) -> bool:  # noqa: ANN401
    if _is_missing(expected) or _is_missing(mine):
        return _is_missing(expected) and _is_missing(mine)
    if isinstance(mine, int | float) and isinstance(expected, int | float):
        return abs(mine - expected) <= relative * abs(expected) or mine == expected
    return bool(mine == expected)


def _is_missing(value: Any) -> bool:  # noqa: ANN401
    # nan and NaT differ from themselves; pandas' NA says neither yes nor no.
    return (
        value is None
        or type(value).__name__ == "NAType"
        or ((isinstance(value, float) or type(value).__name__ == "NaTType") and value != value)
    )
