"""Text for people in a manifest: one string, or one for each language. Models only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    RootModel,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from courses.authoring.rules import BrokenRule, shown
from spawners.machine import Line

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")]
"""A language as pages name it: `en`, `fr`, `pt-BR`."""
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=2000)]

_ANY = ""
"""The key of a text that is written without naming its language: the course's own."""

_T = TypeVar("_T", bound=str)


class _Text(RootModel[Annotated[Mapping[str, _T], Field(min_length=1)]], Generic[_T]):
    """`"Welcome"`, or `{ en = "Welcome", fr = "Bienvenue" }`. The first is the course's own."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _of_one_language(cls, value: Any) -> Any:  # noqa: ANN401  it may be any TOML
        if isinstance(value, str):
            return {_ANY: value}
        if not isinstance(value, Mapping | _Text):
            raise BrokenRule(
                f"{shown(value)} is no text",
                'Write "…", or one for each language: { en = "…", fr = "…" }.',
            )
        return value

    @model_serializer
    def _as_written(self) -> str | dict[str, str]:
        return self.root[_ANY] if _ANY in self.root else dict(self.root)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe it as it is written: a string, or a table of strings."""
        table = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [table["additionalProperties"], table]}

    @property
    def languages(self) -> frozenset[str]:
        """The languages that it names; empty for one string."""
        return frozenset(self.root) - {_ANY}

    def in_(self, language: str) -> str:
        """Return it in that language, or in the course's own."""
        return self.root.get(language) or str(self)

    def plain(self, language: str) -> Self:
        """Return a text that is only what `in_` returns."""
        return type(self)({_ANY: self.in_(language)})

    def __str__(self) -> str:
        return next(iter(self.root.values()))


class Title(_Text[Line]):
    """One line."""


class Summary(_Text[Paragraph]):
    """A few sentences."""


def own_first(text: object, language: object) -> object:
    """Put a written text's `language` first: to TOML the order of a table means nothing."""
    if isinstance(text, Mapping) and isinstance(language, str) and language in text:
        return {language: text[language], **text}
    return text
