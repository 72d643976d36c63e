"""Fixed blocks of the recipe, and options, as tables: from the recipe's JSON schema."""

from __future__ import annotations

from functools import cache
from typing import Any

from generate_promises import grid

from recbox.recipe import schema
from recbox.registry import Registry
from recbox.serve.reference import words

Schema = dict[str, Any]


@cache
def definitions() -> dict[str, Schema]:
    """The schema's parts, by name."""
    return schema(Registry())["$defs"]


def block(name: str) -> str:
    """The fields of a fixed block of the recipe."""
    definition = definitions()[name]
    return "\n\n".join(filter(None, (definition.get("description", ""), table(definition))))


def table(definition: Schema, beside: tuple[str, ...] = ()) -> str:
    """One row a field; empty for a definition without fields."""
    fields = {n: f for n, f in definition.get("properties", {}).items() if n not in beside}
    if not fields:
        return ""
    required = definition.get("required", ())
    rows = [
        (f"`{name}`", said(field), _default(field, name in required), field.get("description", ""))
        for name, field in fields.items()
    ]
    return grid(("option", "value", "default", "meaning"), rows)


def said(field: Schema) -> str:
    """What a field may hold, in words."""
    return words.said(field, lambda name: f"a mapping: *{name}*")


def _default(field: Schema, required: bool) -> str:
    if required:
        return "**required**"
    value = field.get("default")
    if isinstance(value, dict):
        return "its own defaults"
    return f"`{words.plain(value)}`"
