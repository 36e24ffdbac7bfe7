"""A lesson's parameters: small values that differ between trainees and CI. Models only."""

from __future__ import annotations

import keyword
import math
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)

from courses.authoring.rules import BrokenRule, Section, shown

_LARGEST = 2**63


def _of_a_plain_type(value: object) -> object:
    is_plain = isinstance(value, bool | int | float | str)
    if not is_plain or (isinstance(value, int) and not -_LARGEST <= value < _LARGEST):
        raise BrokenRule(
            f"{shown(value)} cannot be a parameter",
            "Use a text in quotes, true, false, or a number of at most 64 bits.",
        )
    return value


def _no_word_of_python(name: str) -> str:
    if keyword.iskeyword(name):
        raise BrokenRule(f"{name} is a word of Python's own", "Choose another name.")
    return name


Value = Annotated[
    StrictBool | StrictInt | StrictFloat | StrictStr, BeforeValidator(_of_a_plain_type)
]
ParameterName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,39}$"),
    AfterValidator(_no_word_of_python),
]
Kind = Literal["bool", "int", "float", "str"]

_KINDS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
}


def is_of(kind: Kind, value: object) -> bool:
    """Return whether a value is of that type; `true` is no number, and 1 is a float too."""
    return isinstance(value, _KINDS[kind]) and isinstance(value, bool) is (kind == "bool")


def same(one: Value, other: Value) -> bool:
    """Return whether two values of one parameter are the same; NaN is the same as NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return one == other


class Parameter(Section):
    """A name in the lesson's cell tagged `parameters`; there it has the trainees' value."""

    type: Kind
    """What kind of value it has."""
    trainee: Value
    """What trainees find in the cell."""
    ci: Value
    """What validation runs with: fewer epochs, less data."""

    @model_validator(mode="after")
    def _values_are_of_its_type(self) -> Self:
        for who, value in (("trainee", self.trainee), ("ci", self.ci)):
            if not is_of(self.type, value):
                raise BrokenRule(
                    f"{shown(value)} is not of type {self.type}",
                    "Change the value, or the key `type`.",
                    key=(who,),
                )
        return self
