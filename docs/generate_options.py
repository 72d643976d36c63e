"""Fixed blocks of the recipe, and options, as tables: from the recipe's JSON schema."""

from __future__ import annotations

from functools import cache
from typing import Any

from generate_promises import grid

from recbox.recipe import schema
from recbox.registry import Registry

BIGGEST = 2**31 - 1

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
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(said(f) for f in field["anyOf"]))
    if "$ref" in field:
        return f"a mapping: *{field['$ref'].rpartition('/')[2]}*"
    if "enum" in field or "const" in field:
        return ", ".join(f"`{plain(v)}`" for v in field.get("enum", [field.get("const")]))
    kind = field.get("type", "any")
    return _containers(field, kind) or {
        "integer": "whole number" + _range(field),
        "number": "number" + _range(field),
        "boolean": "`true`, `false`",
        "string": "text",
        "null": "`null`",
    }.get(kind, kind)


def _containers(field: Schema, kind: str) -> str:
    if kind == "array":
        return f"list of: {said(field['items'])}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"mapping from a name to {said(field['additionalProperties'])}"
    return ""


def _range(field: Schema) -> str:
    bounds = [
        f"{sign} {plain(field[key])}"
        for key, sign in (
            ("minimum", "≥"),
            ("exclusiveMinimum", ">"),
            ("maximum", "≤"),
            ("exclusiveMaximum", "<"),
        )
        if key in field and abs(field[key]) < BIGGEST
    ]
    return f" {', '.join(bounds)}" if bounds else ""


def _default(field: Schema, required: bool) -> str:
    if required:
        return "**required**"
    value = field.get("default")
    if isinstance(value, dict):
        return "its own defaults"
    return f"`{plain(value)}`"


def plain(value: Any) -> str:
    """A value as a recipe writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    return '""' if value == "" else str(value)
