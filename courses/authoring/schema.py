"""The JSON Schema of course.toml, for editors and for messages about it. Pure."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from courses.authoring.manifest import Course

ADDRESS = "https://json-schema.org/draft/2020-12/schema"
Node = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """A key's own name says as much as a title that is made of it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002
        return False


def schema() -> Node:
    """Return the schema of a manifest, with a description for every key."""
    return {
        "$schema": ADDRESS,
        **Course.model_json_schema(schema_generator=_Untitled),
        "title": "course.toml",
    }


def as_text() -> str:
    """Return the schema as the file that editors read."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


@cache
def _whole() -> Node:
    return schema()


def at(path: tuple[str | int, ...]) -> Node:
    """Return what the schema says at a path in a manifest; empty where it knows nothing."""
    node = _whole()
    for part in path:
        node = _inner(node, part)
    return node


def keys_at(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that a table of the manifest may have."""
    return tuple(_followed(at(path)).get("properties", ()))


def _inner(node: Node, part: str | int) -> Node:
    table = _followed(node)
    if isinstance(part, int):
        found = table.get("items", {})
    else:
        found = table.get("properties", {}).get(part) or _any_value(table)
    return dict(found)


def _any_value(table: Node) -> Node:
    """Return what the schema says of each value in a table whose keys are up to the author."""
    values = [*table.get("patternProperties", {}).values(), table.get("additionalProperties")]
    return next((one for one in values if isinstance(one, dict)), {})


def _followed(node: Node) -> Node:
    name = str(node.get("$ref", "")).rpartition("/")[2]
    return _whole()["$defs"][name] if name else node


def key_descriptions() -> dict[str, str]:
    """Return every key with its description; `lessons.needs.gpu`: a list has no number."""
    return dict(_described(_whole(), ""))


def _described(node: Node, before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, inner in _followed(node).get("properties", {}).items():
        key = f"{before}{name}"
        found.append((key, inner.get("description", "")))
        nested = inner.get("items", inner)
        found += _described(nested, f"{key}.")
        found += _described(_any_value(_followed(nested)), f"{key}.NAME.")
    return found
