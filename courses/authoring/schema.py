"""The JSON Schema of a model, asked for its keys and what they mean; that of course.toml. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

ADDRESS = "https://json-schema.org/draft/2020-12/schema"
Node = dict[str, Any]
Path = tuple[str | int, ...]


class _Untitled(GenerateJsonSchema):
    """A key's own name says as much as a title that is made of it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002
        return False


class Described:
    """A model as its schema describes it."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    @cached_property
    def schema(self) -> Node:
        """The JSON Schema."""
        return {"$schema": ADDRESS, **self._model.model_json_schema(schema_generator=_Untitled)}

    def meaning(self, path: Path) -> str:
        """Return the description of the value at a path; empty where the schema knows none."""
        return next((one["description"] for one in self._at(path) if "description" in one), "")

    def keys(self, path: Path) -> tuple[str, ...]:
        """Return the keys that the table at a path may have."""
        return tuple(dict.fromkeys(key for one in self._at(path) for key in _properties(one)))

    def all_keys(self) -> dict[str, str]:
        """Return every key with its description: `lessons.needs.gpu`, as a list has no number.

        A key that is up to the author is `NAME`.
        """
        return dict(self._below(self.schema, ""))

    def _at(self, path: Path) -> list[Node]:
        nodes = list(self._forms(self.schema))
        for part in path:
            nodes = [
                form
                for node in nodes
                for inner in _inner(node, part)
                for form in self._forms(inner)
            ]
        return nodes

    def _forms(self, node: Node) -> Iterator[Node]:
        """Yield a node, and what it refers to, and each of the forms that it may have."""
        yield node
        if "$ref" in node:
            yield from self._forms(self.schema["$defs"][node["$ref"].rpartition("/")[2]])
        for one in (*node.get("anyOf", ()), *node.get("oneOf", ())):
            yield from self._forms(one)

    def _below(self, node: Node, before: str) -> Iterator[tuple[str, str]]:
        for form in self._forms(node):
            for name, inner in _properties(form).items():
                yield f"{before}{name}", inner.get("description", "")
                yield from self._below(inner, f"{before}{name}.")
            for inner in _entries(form):
                yield from self._below(inner, before)
            for inner in _values(form):
                yield from self._below(inner, f"{before}NAME.")


def as_text(schema: Node) -> str:
    """Return a schema as the file that editors read."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _inner(node: Node, part: str | int) -> list[Node]:
    if isinstance(part, int):
        return _entries(node)
    named = _properties(node).get(part)
    return [named] if named else _values(node)


def _properties(node: Node) -> Node:
    found: Node = node.get("properties", {})
    return found


def _entries(node: Node) -> list[Node]:
    """Return what the schema says of each entry of a list."""
    return [node["items"]] if isinstance(node.get("items"), dict) else []


def _values(node: Node) -> list[Node]:
    """Return what the schema says of each value in a table whose keys are up to the author."""
    found = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    return [one for one in found if isinstance(one, dict)]
