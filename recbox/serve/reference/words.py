"""What a field may hold, in words: from its JSON schema. Values stand in backquotes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]

BIGGEST = 2**31 - 1
"""Bounds from here on say nothing to a reader."""
_SIGNS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def _an_object(name: str) -> str:
    return f"an object: *{name}*"


def said(field: Schema, mapping: Callable[[str], str] = _an_object) -> str:
    """mapping: how a schema with a name of its own is called."""
    if "anyOf" in field or "oneOf" in field:
        return " or ".join(dict.fromkeys(said(f, mapping) for f in field.get("anyOf") or field["oneOf"]))
    if "$ref" in field:
        return mapping(field["$ref"].rpartition("/")[2])
    if "enum" in field or "const" in field:
        return ", ".join(f"`{plain(v)}`" for v in field.get("enum", [field.get("const")]))
    return _typed(field, field.get("type", "any"), mapping)


def _typed(field: Schema, kind: str, mapping: Callable[[str], str]) -> str:
    if kind == "array":
        return f"list{_sizes(field, 'Items')} of: {said(field.get('items', {}), mapping)}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"mapping from a name to {said(field['additionalProperties'], mapping)}"
    return {
        "integer": "whole number" + _range(field),
        "number": "number" + _range(field),
        "boolean": "`true`, `false`",
        "string": "text" + _sizes(field, "Length"),
        "null": "`null`",
    }.get(kind, kind)


def _range(field: Schema) -> str:
    bounds = [
        f"{sign} {plain(_short(field[key]))}"
        for key, sign in _SIGNS.items()
        if key in field and abs(field[key]) < BIGGEST
    ]
    return f" {', '.join(bounds)}" if bounds else ""


def _short(bound: float) -> float:
    """1 and not 1.0: pydantic writes bounds of whole numbers either way."""
    return int(bound) if bound == int(bound) else bound


def _sizes(field: Schema, of: str) -> str:
    """How long a text or a list may be, where that is bounded."""
    least, most = field.get(f"min{of}", 0), field.get(f"max{of}")
    if most is None:
        return ""
    unit = " characters" if of == "Length" else ""
    return f" ({least:,} to {most:,}{unit})" if least else f" (at most {most:,}{unit})"


def plain(value: Any) -> str:
    """A value as JSON and recipes write it, without quotes around texts."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        return f"[{', '.join(map(plain, value))}]"
    return '""' if value == "" else str(value)
