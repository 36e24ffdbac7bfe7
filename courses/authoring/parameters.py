"""A lesson's parameters: small values that differ between trainees and CI. Models only."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)

from spawners.machine import Model

Value = StrictBool | StrictInt | StrictFloat | StrictStr
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]

_KINDS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
    "str": (str,),
}


class Parameter(Model):
    """A name in the lesson's cell tagged `parameters`; there it has the trainees' value."""

    type: Literal["bool", "int", "float", "str"]
    trainee: Value
    ci: Value
    """What validation runs with: fewer epochs, less data."""

    @model_validator(mode="after")
    def _values_are_of_its_type(self) -> Self:
        for who, value in (("trainee", self.trainee), ("ci", self.ci)):
            is_bool = isinstance(value, bool)
            if not isinstance(value, _KINDS[self.type]) or is_bool is not (self.type == "bool"):
                raise ValueError(f"{who}: {value!r} is not of type {self.type}")
        return self
